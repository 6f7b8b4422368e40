import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { loadDriver, type Connection } from '../../../adapters/sqlite/driver.js';
import { StoreUnavailableError, type Store } from '../../../src/store/store.js';
import { createSqliteDatabase } from '../../support/stores.js';

let store: Store;
let other: Connection;
let cleanUp: () => Promise<void>;

beforeEach(async () => {
  const database = await createSqliteDatabase();
  store = await database.open(Date.now);
  await store.migrate();
  other = new (await loadDriver())(database.file);
  cleanUp = async () => {
    other.close();
    await store.close();
    await database.drop();
  };
});

afterEach(() => cleanUp());

describe('while another process holds the write lock', () => {
  test('reads are answered, writes wait without blocking this process, and succeed in order afterwards', async () => {
    other.exec('BEGIN IMMEDIATE');
    const settled: number[] = [];
    const writes = [1, 2, 3].map(async (value) => {
      await store.settings.put('name', value);
      settled.push(value);
    });
    let longestGap = 0;
    let last = performance.now();
    for (const end = last + 150; last < end;) {
      await pause(1);
      longestGap = Math.max(longestGap, performance.now() - last);
      last = performance.now();
    }
    expect(await store.settings.get('name')).toBeUndefined();
    expect(settled).toEqual([]);
    expect(longestGap).toBeLessThan(100);

    other.exec('COMMIT');
    await Promise.all(writes);
    expect(settled).toEqual([1, 2, 3]);
    expect(await store.settings.get('name')).toBe(3);
  });

  test('for too long, writes are refused within 3 seconds, and the next ones succeed', async () => {
    other.exec('BEGIN IMMEDIATE');
    const start = performance.now();
    const refused = store.settings.put('name', 1);
    await expect(refused).rejects.toThrow(StoreUnavailableError);
    await expect(refused).rejects.toHaveProperty('cause.errcode', 5);
    const waited = performance.now() - start;
    expect(waited).toBeGreaterThan(2000);
    expect(waited).toBeLessThan(3100);

    other.exec('COMMIT');
    expect(await store.settings.get('name')).toBeUndefined();
    await store.settings.put('name', 2);
    expect(await store.settings.get('name')).toBe(2);
  });
});
