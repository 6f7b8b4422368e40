import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../../adapters/sqlite/database.js';
import { openSqlite } from '../../../adapters/sqlite/open-sqlite.js';
import { StoreUnavailableError } from '../../../src/store/store.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('the file', () => {
  test('is made with its directories, and for nobody else to read', async () => {
    const file = join(directory, 'data', 'deep', 'gatehouse.db');
    const store = await openSqlite({ file });
    await store.migrate();
    const modes = async (...paths: string[]) =>
      Promise.all(paths.map(async (path) => ((await stat(path)).mode & 0o777).toString(8)));
    expect(await modes(join(directory, 'data'), join(directory, 'data', 'deep'))).toEqual(['700', '700']);
    expect(await modes(file, `${file}-wal`, `${file}-shm`)).toEqual(['600', '600', '600']);
    await store.close();
  });

  test('is complete by itself once the store is closed', async () => {
    const file = join(directory, 'gatehouse.db');
    const store = await openSqlite({ file });
    await store.migrate();
    await store.settings.put('name', 'value');
    await store.close();
    await copyFile(file, join(directory, 'copy.db'));
    const copy = await openSqlite({ file: join(directory, 'copy.db') });
    expect(await copy.settings.get('name')).toBe('value');
    await copy.close();
  });

  test('that cannot be opened: the error says which and why', async () => {
    await writeFile(join(directory, 'file'), '');
    await mkdir(join(directory, 'directory'));
    for (const file of [join(directory, 'file', 'gatehouse.db'), join(directory, 'directory')]) {
      const opening = openSqlite({ file });
      await expect(opening).rejects.toThrow(StoreUnavailableError);
      await expect(opening).rejects.toThrow(file);
      await expect(opening).rejects.toHaveProperty('cause');
    }
  });

  test('that is no database is refused and left as it is', async () => {
    const file = join(directory, 'notes.txt');
    await writeFile(
      file,
      'Not a database, but a shopping list: 12 eggs, flour, butter and a lot more. '.repeat(20),
    );
    const before = await stat(file);
    await expect(openSqlite({ file })).rejects.toThrow(/not a database/);
    expect((await stat(file)).size).toBe(before.size);
  });

  test('of a newer version is refused with what to do', async () => {
    const file = join(directory, 'gatehouse.db');
    const store = await openSqlite({ file });
    await store.migrate();
    const db = await openDatabase(file, Date.now);
    await db.write(() => db.run("INSERT INTO migrations VALUES (1000, 'from the future', 1)"));
    await expect(store.migrate()).rejects.toThrow(/newer version of Gatehouse.*from the future/);
    await db.close();
    await store.close();
  });

  test('that is full: what is written fails as a whole, nothing before is lost, and later writes succeed', async () => {
    const file = join(directory, 'gatehouse.db');
    const store = await openSqlite({ file });
    await store.migrate();
    await store.close();

    const db = await openDatabase(file, Date.now);
    const put = (name: string, size: number) =>
      db.write(() =>
        db.run(
          'INSERT INTO settings (name, value) VALUES (?, ?)',
          Buffer.from(name),
          `"${'x'.repeat(size)}"`,
        ),
      );
    await put('before', 10);
    const { page_count: pages } = db.get<{ page_count: number }>('PRAGMA page_count')!;
    db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const results = await Promise.allSettled([put('small', 10), put('large', 1_000_000)]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
      expect(result).toHaveProperty('reason.cause.errcode', 13);
    }
    await put('after', 10);
    const names = db.all<{ name: string }>('SELECT CAST(name AS TEXT) AS name FROM settings ORDER BY name');
    expect(names.map(({ name }) => name)).toEqual(['after', 'before']);
    await db.close();
  });

  test('in memory needs no file', async () => {
    const store = await openSqlite({ file: ':memory:' });
    await store.migrate();
    await store.settings.put('a', 1);
    expect(await store.settings.get('a')).toBe(1);
    await store.close();
  });
});
