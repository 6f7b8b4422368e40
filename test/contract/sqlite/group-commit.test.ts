import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../../adapters/sqlite/database.js';
import { createSqliteDatabase } from '../../support/stores.js';

let db: Database;
let observer: Database;
let cleanUp: () => Promise<void>;

beforeEach(async () => {
  const database = await createSqliteDatabase();
  db = await openDatabase(database.file, Date.now);
  await db.write(() => db.exec('CREATE TABLE numbers (number INTEGER NOT NULL UNIQUE) STRICT'));
  observer = await openDatabase(database.file, Date.now);
  cleanUp = async () => {
    await Promise.all([db.close(), observer.close()]);
    await database.drop();
  };
});

afterEach(() => cleanUp());

const insert = (number: number) => db.write(() => db.run('INSERT INTO numbers VALUES (?)', number));
const numbersOn = (connection: Database) =>
  connection
    .all<{ number: number }>('SELECT number FROM numbers ORDER BY number')
    .map(({ number }) => number);

describe('group commit', () => {
  test('a promise resolves when others can see the write, and not before', async () => {
    const writing = insert(1);
    expect(numbersOn(observer)).toEqual([]);
    await writing;
    expect(numbersOn(observer)).toEqual([1]);
  });

  test('the writes of one turn become visible together', async () => {
    const writes = [1, 2, 3].map(insert);
    await writes[0];
    expect(numbersOn(observer)).toEqual([1, 2, 3]);
    await Promise.all(writes);
  });

  test('more writes than one transaction takes are all written, in order', async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const settled: number[] = [];
    await Promise.all(numbers.map((number) => insert(number).then(() => settled.push(number))));
    expect(settled).toEqual(numbers);
    expect(numbersOn(observer)).toEqual(numbers);
  });

  test('a write that throws is undone alone, with all that it had changed', async () => {
    const results = await Promise.allSettled([
      insert(1),
      db.write(() => {
        db.run('INSERT INTO numbers VALUES (2)');
        db.run('INSERT INTO numbers VALUES (1)');
      }),
      insert(3),
      insert(3),
      insert(4),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(numbersOn(observer)).toEqual([1, 3, 4]);
    await insert(5);
    expect(numbersOn(observer)).toEqual([1, 3, 4, 5]);
  });

  test('when the COMMIT fails, all writes of the transaction fail and none is kept', async () => {
    // A deferred foreign key is checked by COMMIT.
    await db.write(() =>
      db.exec(
        `CREATE TABLE children (number INTEGER REFERENCES numbers (number) DEFERRABLE INITIALLY DEFERRED)`,
      ),
    );
    db.exec('PRAGMA foreign_keys = ON');
    const orphan = db.write(() => db.run('INSERT INTO children VALUES (99)'));
    const results = await Promise.allSettled([insert(1), orphan, insert(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(numbersOn(observer)).toEqual([]);
    await insert(3);
    expect(numbersOn(observer)).toEqual([3]);
  });
});
