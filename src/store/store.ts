/**
 * The store: every record Gatehouse keeps, behind small typed ports, one per kind of record.
 *
 * This folder holds interfaces, record types and errors only; the drivers are in `adapters/`, and the suite in
 * `test/contract/` proves that they behave alike. Rules that hold for every port:
 *
 * - All times are milliseconds since the epoch, read from the `Clock` that the driver was opened with.
 * - A record whose `expiresAt` is not after the clock is gone for every method, whether or not a sweep has removed
 *   it yet.
 * - A promise resolves after the write is durable: committed with synchronous=FULL, or acknowledged by a majority.
 * - Keys and ids are strings of any length and content; payloads are JSON of up to 16 MB. A member that is
 *   `undefined` is absent afterwards; `null` stays `null`. Drivers return fresh objects, never ones they hold on to.
 * - A driver that cannot reach its database rejects with `StoreUnavailableError` within 3 seconds.
 */
import type { ArtifactStore } from './artifacts.js';
import type { ClientStore } from './clients.js';
import type { ConsentStore } from './consents.js';
import type { InitialAccessTokenStore } from './initial-access-tokens.js';
import type { KeyStore } from './keys.js';
import type { LinkStore } from './links.js';
import type { LogoutQueue } from './logout-queue.js';
import type { ReplayStore } from './replays.js';
import type { ServiceStore } from './services.js';
import type { SessionStore } from './sessions.js';
import type { SettingStore } from './settings.js';
import type { ThrottleStore } from './throttles.js';
import type { UserStore } from './users.js';

export type { Json, JsonObject } from './json.js';

/** Returns the time now, in milliseconds since the epoch. */
export type Clock = () => number;

export interface Store {
  readonly artifacts: ArtifactStore;
  readonly sessions: SessionStore;
  readonly replays: ReplayStore;
  readonly consents: ConsentStore;
  readonly users: UserStore;
  readonly clients: ClientStore;
  readonly services: ServiceStore;
  readonly initialAccessTokens: InitialAccessTokenStore;
  readonly keys: KeyStore;
  readonly links: LinkStore;
  readonly throttles: ThrottleStore;
  readonly logoutQueue: LogoutQueue;
  readonly settings: SettingStore;

  /** Brings the schema up to date: numbered steps, each once, under a lock that all processes share. */
  migrate(): Promise<MigrationState[]>;
  /** Resolves when the database answers; rejects with `StoreUnavailableError` otherwise. */
  ping(): Promise<void>;
  /** Removes up to `limit` expired records and returns how many; 0 where the database does it by itself. */
  sweep(limit: number): Promise<number>;
  /** Finishes what is under way and closes. Every later call rejects. */
  close(): Promise<void>;
}

export interface MigrationState {
  number: number;
  name: string;
  /** When it was applied; undefined while it is pending. */
  appliedAt?: number;
}

/** The database cannot be reached or does not answer in time: the request gets 503 with Retry-After. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
