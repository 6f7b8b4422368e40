/** Databases for whole servers: one of its own for each test file, on every store there is. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';

export interface TestDatabase {
  /** As STORE_URL. */
  url: string;
  drop(): Promise<void>;
}

const mongoUrl = process.env['TEST_MONGODB_URL'];

/** Declares a suite of flows once for each store; without a MongoDB server those tests count as skipped. */
export function describeOnEachStore(
  name: string,
  suite: (create: () => Promise<TestDatabase>) => void,
): void {
  describe(`${name} [SQLite]`, () => suite(sqliteDatabase));
  if (mongoUrl === undefined) {
    describe.skip(`${name} [MongoDB: set TEST_MONGODB_URL]`, () => suite(sqliteDatabase));
  } else {
    describe(`${name} [MongoDB]`, () => suite(() => mongoDatabase(mongoUrl)));
  }
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  return {
    url: `sqlite:${join(directory, 'gatehouse.db')}`,
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}

export async function mongoDatabase(server: string): Promise<TestDatabase> {
  const { MongoClient } = await import('mongodb');
  const url = new URL(server);
  url.pathname = `/gatehouse_test_${randomBytes(6).toString('hex')}`;
  return {
    url: url.href,
    async drop() {
      const client = new MongoClient(url.href);
      await client.db().dropDatabase();
      await client.close();
    },
  };
}
