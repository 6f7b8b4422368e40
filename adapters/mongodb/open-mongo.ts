/**
 * This folder keeps the store in a MongoDB database: `connection.ts` knows the driver's options, `gate.ts` bounds every
 * call in time and tells an outage from other errors, `documents.ts` says how records look there, `migrations.ts` and
 * `indexes.ts` bring the schema up to date, and every other file is one port.
 *
 * Every promise of the store rests on the atomic write of one document. Nothing here needs transactions, change
 * streams or collations, so that a replica set, a standalone server, a sharded cluster and compatible services serve
 * alike.
 */
import type { MongoClient } from 'mongodb';
import type { Clock, Store } from '../../src/store/store.js';
import { createArtifactStore } from './artifacts.js';
import { createClientStore } from './clients.js';
import { createClient, databaseOf, type Database } from './connection.js';
import { createConsentStore } from './consents.js';
import { createGate, type Gate } from './gate.js';
import { createInitialAccessTokenStore } from './initial-access-tokens.js';
import { createKeyStore } from './keys.js';
import { createLinkStore } from './links.js';
import { createLogoutQueue } from './logout-queue.js';
import { migrate, readState } from './migrations.js';
import { createReplayStore } from './replays.js';
import { createServiceStore } from './services.js';
import { createSessionStore } from './sessions.js';
import { createSettingStore } from './settings.js';
import { createThrottleStore } from './throttles.js';
import { createUserStore } from './users.js';

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`; its path names the database, `gatehouse` when there is none. */
  url: string;
  clock?: Clock;
}

/** Under the 3 seconds that the store promises. */
const LIMIT_MS = 2500;

/** Opens the store. `migrate` must have run before its ports are used. */
export async function openMongo({ url, clock = Date.now }: MongoOptions): Promise<Store> {
  const client = createClient(url);
  const database = databaseOf(client, url);
  const gate = createGate(LIMIT_MS);
  const db: Database = { clock, collection: (name) => database.collection(name) };
  const ping = async () => void (await database.command({ ping: 1 }));

  await connect(client, gate, ping);
  return {
    artifacts: gate.around(createArtifactStore(db)),
    sessions: gate.around(createSessionStore(db)),
    replays: gate.around(createReplayStore(db)),
    consents: gate.around(createConsentStore(db)),
    users: gate.around(createUserStore(db)),
    clients: gate.around(createClientStore(db)),
    services: gate.around(createServiceStore(db)),
    initialAccessTokens: gate.around(createInitialAccessTokenStore(db)),
    keys: gate.around(createKeyStore(db)),
    links: gate.around(createLinkStore(db)),
    throttles: gate.around(createThrottleStore(db)),
    logoutQueue: gate.around(createLogoutQueue(db)),
    settings: gate.around(createSettingStore(db)),
    async migrate() {
      // Bounded, unlike the steps themselves: where the database is away, nobody waits for longer.
      await gate.run(() => readState(db));
      return gate.runLong(() => migrate(db));
    },
    ping: () => gate.run(ping),
    sweep: async () => 0,
    async close() {
      await gate.close();
      await client.close();
    },
  };
}

async function connect(client: MongoClient, gate: Gate, ping: () => Promise<void>): Promise<void> {
  try {
    await gate.run(async () => {
      await client.connect();
      await ping();
    });
  } catch (error) {
    // Not awaited: it may take longer than the caller was promised.
    client.close().catch(() => undefined);
    throw error;
  }
}
