/** How a MongoDB database gets its schema, whoever starts when. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { openMongo } from '../../adapters/mongodb/open-mongo.js';
import type { Clock, Store } from '../../src/store/store.js';

const serverUrl = process.env['TEST_MONGODB_URL'];
const describeWithServer = serverUrl === undefined ? describe.skip : describe;

interface Lock {
  _id: string;
  holder: string;
  expiresAt: Date;
}

describeWithServer('the schema in MongoDB [set TEST_MONGODB_URL]', () => {
  let url: string;
  let client: MongoClient;
  let db: Db;
  let stores: Store[];

  beforeEach(() => {
    const named = new URL(serverUrl!);
    named.pathname = `/gatehouse_test_${randomBytes(6).toString('hex')}`;
    url = named.href;
    client = new MongoClient(url);
    db = client.db();
    stores = [];
  });

  afterEach(async () => {
    for (const store of stores) await store.close();
    await db.dropDatabase();
    await client.close();
  });

  async function openStore(clock?: Clock): Promise<Store> {
    const store = await openMongo({ url, ...(clock && { clock }) });
    stores.push(store);
    return store;
  }

  test('processes that start at once migrate an empty database once', async () => {
    const started = await Promise.all(Array.from({ length: 5 }, () => openStore()));
    const states = await Promise.all(started.map((store) => store.migrate()));
    expect(states[0]).toEqual([
      { number: 1, name: 'records', appliedAt: expect.any(Number) },
      { number: 2, name: 'registration', appliedAt: expect.any(Number) },
    ]);
    for (const state of states) expect(state).toEqual(states[0]);
    expect(await db.collection('locks').countDocuments()).toBe(0);
  }, 30_000);

  test('every record that ends has a TTL index, every login name a unique one', async () => {
    await (await openStore()).migrate();
    for (const name of [
      'artifacts',
      'sessions',
      'replays',
      'links',
      'throttles',
      'logoutDeliveries',
      'initialAccessTokens',
    ]) {
      expect(await db.collection(name).indexes()).toContainEqual(
        expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }),
      );
    }
    const indexes = await db.collection('users').indexes();
    for (const key of [{ usernameKey: 1 }, { emailKey: 1 }]) {
      expect(indexes).toContainEqual(expect.objectContaining({ key, unique: true, sparse: true }));
    }
  });

  test('an index that was lost is there again after the next start', async () => {
    const store = await openStore();
    const applied = await store.migrate();
    await db.collection('users').dropIndex('email');
    expect(await store.migrate()).toEqual(applied);
    expect(await db.collection('users').indexExists('email')).toBe(true);
  });

  test('a database that a newer version has migrated is refused', async () => {
    const store = await openStore();
    await store.migrate();
    await db.collection('migrations').insertOne({ number: 3, name: 'teleport', appliedAt: 1 });
    await expect(store.migrate()).rejects.toThrow(/newer version of Gatehouse \(to step 3, "teleport"/);
  });

  test('the lock of a process that died ends with its lease, and not before', async () => {
    let now = Date.now();
    const leaseEnd = now + 60_000;
    // Each look at the clock is five seconds later: the wait is played in a moment.
    const store = await openStore(() => (now += 5_000));
    const locks = db.collection<Lock>('locks');
    await locks.insertOne({ _id: 'migrations', holder: 'dead', expiresAt: new Date(leaseEnd) });
    const [state] = await store.migrate();
    expect(state!.appliedAt).toBeGreaterThan(leaseEnd);
    expect(await locks.countDocuments()).toBe(0);
  });
});
