/**
 * This folder keeps the store in one SQLite file: `database.ts` opens it and commits in groups, `migrations.ts` brings
 * its schema up to date, and every other file is one port in SQL.
 */
import type { Clock, Store } from '../../src/store/store.js';
import { createArtifactStore } from './artifacts.js';
import { createClientStore } from './clients.js';
import { createConsentStore } from './consents.js';
import { openDatabase, type Database } from './database.js';
import { createInitialAccessTokenStore } from './initial-access-tokens.js';
import { createKeyStore } from './keys.js';
import { createLinkStore } from './links.js';
import { createLogoutQueue } from './logout-queue.js';
import { migrate } from './migrations.js';
import { createReplayStore } from './replays.js';
import { createServiceStore } from './services.js';
import { createSessionStore } from './sessions.js';
import { createSettingStore } from './settings.js';
import { sweep } from './sweep.js';
import { createThrottleStore } from './throttles.js';
import { createUserStore } from './users.js';

export interface SqliteOptions {
  /** A path; the file and its directory are made when missing, for the eyes of their owner only. Or `:memory:`. */
  file: string;
  clock?: Clock;
}

/** Opens the store. `migrate` must have run before its ports are used. */
export async function openSqlite({ file, clock = Date.now }: SqliteOptions): Promise<Store> {
  return createStore(await openDatabase(file, clock));
}

export function createStore(db: Database): Store {
  return {
    artifacts: createArtifactStore(db),
    sessions: createSessionStore(db),
    replays: createReplayStore(db),
    consents: createConsentStore(db),
    users: createUserStore(db),
    clients: createClientStore(db),
    services: createServiceStore(db),
    initialAccessTokens: createInitialAccessTokenStore(db),
    keys: createKeyStore(db),
    links: createLinkStore(db),
    throttles: createThrottleStore(db),
    logoutQueue: createLogoutQueue(db),
    settings: createSettingStore(db),
    migrate: () => migrate(db),
    ping: () =>
      db.read(() => {
        // Reads the file, which `SELECT 1` would not.
        db.get('SELECT 1 FROM sqlite_schema');
      }),
    sweep: (limit) => sweep(db, limit),
    close: () => db.close(),
  };
}
