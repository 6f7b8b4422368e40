/** Stores to test with: every suite runs on SQLite, and on MongoDB as well where TEST_MONGODB_URL names a server. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { openSqlite } from '../../adapters/sqlite/open-sqlite.js';
import type { Clock, Store } from '../../src/store/store.js';
import { methodsOf, recordCalls } from './record-calls.js';

/** Goes only when told to. */
export interface TestClock {
  now: Clock;
  /** Milliseconds. */
  advance: (by: number) => void;
}

export interface OpenedStore {
  /** On an empty database of its own, migrated. Closed after the test. */
  store: Store;
  clock: TestClock;
  /** Opens the same database once more, as a second server process would. Closed after the test. */
  openAnother: () => Promise<Store>;
}

export type OpenStore = () => Promise<OpenedStore>;

interface Database {
  open: (clock: Clock) => Promise<Store>;
  drop: () => Promise<void>;
}

type CreateDatabase = () => Promise<Database>;

/** By name, so that its driver is loaded only where there is a server. */
const mongoDriver: string = '../../adapters/mongodb/open-mongo.js';
type MongoDriver = { openMongo: (options: { url: string; clock: Clock }) => Promise<Store> };

const mongoUrl = process.env['TEST_MONGODB_URL'];

// A server takes longer than a file, and on a busy machine several times as long.
if (mongoUrl !== undefined) jest.setTimeout(60_000);

/** Declares the suite once for each driver; without a MongoDB server its tests count as skipped. */
export function describeEachStore(name: string, suite: (open: OpenStore) => void): void {
  describe(`${name} [SQLite]`, () => suite(openerFor(createSqliteDatabase)));
  if (mongoUrl === undefined) {
    describe.skip(`${name} [MongoDB: set TEST_MONGODB_URL]`, () => suite(openerFor(createSqliteDatabase)));
  } else {
    describe(`${name} [MongoDB]`, () => suite(openerFor(() => createMongoDatabase(mongoUrl))));
  }
}

/** The names of the ports. */
export type PortName = { [Name in keyof Store]: Store[Name] extends Function ? never : Name }[keyof Store];

/**
 * The contract of one port, or of the store itself, on each driver. Its last test fails when a method was never called:
 * what has no contract may differ between drivers.
 */
export function describeContract(port: PortName | 'store', suite: (open: OpenStore) => void): void {
  describeEachStore(port, (open) => {
    const called = new Set<string>();
    const openRecorded: OpenStore = async () => {
      const { store, openAnother, ...rest } = await open();
      return {
        ...rest,
        store: recordCalls(store, called),
        openAnother: async () => recordCalls(await openAnother(), called),
      };
    };
    suite(openRecorded);

    test('every method is called by a test above', async () => {
      const { store } = await open();
      const methods = methodsOf(store).filter((method) => method.split('.').at(-2) === port);
      expect(methods).not.toEqual([]);
      expect(methods.filter((method) => !called.has(method))).toEqual([]);
    });
  });
}

export function createTestClock(): TestClock {
  let now = Date.now();
  return {
    now: () => now,
    advance(by) {
      now += by;
    },
  };
}

export async function createSqliteDatabase(): Promise<Database & { file: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const file = join(directory, 'gatehouse.db');
  return {
    file,
    open: (clock) => openSqlite({ file, clock }),
    drop: () => rm(directory, { recursive: true }),
  };
}

async function createMongoDatabase(server: string): Promise<Database> {
  const { openMongo } = (await import(mongoDriver)) as MongoDriver;
  const { MongoClient } = await import('mongodb');
  const url = new URL(server);
  url.pathname = `/gatehouse_test_${randomBytes(6).toString('hex')}`;
  return {
    open: (clock) => openMongo({ url: url.href, clock }),
    async drop() {
      const client = new MongoClient(url.href);
      await client.db().dropDatabase();
      await client.close();
    },
  };
}

function openerFor(createDatabase: CreateDatabase): OpenStore {
  let cleanups: (() => Promise<void>)[] = [];

  afterEach(async () => {
    const last = cleanups.reverse();
    cleanups = [];
    for (const cleanup of last) await cleanup();
  });

  return async () => {
    const clock = createTestClock();
    const database = await createDatabase();
    cleanups.push(() => database.drop());
    const openOne = async () => {
      const store = await database.open(clock.now);
      cleanups.push(() => store.close());
      await store.migrate();
      return store;
    };
    return { store: await openOne(), clock, openAnother: openOne };
  };
}
