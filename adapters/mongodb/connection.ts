import { MongoClient, type Collection, type Db, type MongoClientOptions } from 'mongodb';
import type { Clock } from '../../src/store/store.js';
import type { StoredDocument } from './documents.js';

/** What the ports are written with. */
export interface Database {
  clock: Clock;
  collection: (name: CollectionName) => Collection<StoredDocument>;
}

export type CollectionName =
  | 'artifacts'
  | 'clients'
  | 'consents'
  | 'initialAccessTokens'
  | 'keys'
  | 'links'
  | 'locks'
  | 'logoutDeliveries'
  | 'migrations'
  | 'replays'
  | 'services'
  | 'sessions'
  | 'settings'
  | 'throttles'
  | 'users';

const DEFAULT_DATABASE = 'gatehouse';

/** What the store promises; the URL can't change it. */
const OPTIONS: MongoClientOptions = {
  appName: 'gatehouse',
  // A write that a failover takes back would make a spent code good again.
  writeConcern: { w: 'majority', journal: true },
  // A redirect comes back milliseconds after its code was written: a secondary may not have it yet.
  readPreference: 'primary',
  retryWrites: true,
  ignoreUndefined: true,
  serverSelectionTimeoutMS: 2000,
  connectTimeoutMS: 2000,
  socketTimeoutMS: 2000,
  waitQueueTimeoutMS: 2000,
};

/** A command holds a connection for milliseconds: thousands a second, and light on a server that many share. */
const DEFAULT_POOL_SIZE = 20;

/** Makes a client that has not connected yet. Throws without naming the password when the URL is not a good one. */
export function createClient(url: string): MongoClient {
  try {
    const poolSize = /[?&]maxPoolSize=/i.test(url) ? {} : { maxPoolSize: DEFAULT_POOL_SIZE };
    return new MongoClient(url, { ...OPTIONS, ...poolSize });
  } catch (error) {
    throw new Error(`The MongoDB URL is not valid${reason(error as Error, url)}`);
  }
}

/** The database that the URL names. */
export function databaseOf(client: MongoClient, url: string): Db {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]*\/([^?]+)/i.exec(url)?.[1];
  return client.db(path === undefined ? DEFAULT_DATABASE : decodeURIComponent(path));
}

/** The driver's reason, unless it quotes from the part of the URL that holds the password. */
function reason({ message }: Error, url: string): string {
  const credentials = /\/\/(.*)@/s.exec(url)?.[1]?.split(':') ?? [];
  const isTelling =
    message.includes('://') || credentials.some((part) => part !== '' && message.includes(part));
  return isTelling ? '' : `: ${message}`;
}
