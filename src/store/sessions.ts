import type { JsonObject } from './json.js';

/** What a session holds for one client: its `sid` (OpenID Connect Back-Channel Logout 2.1), grant and more. */
export type SessionAuthorization = JsonObject;

/** A signed-in browser. `uid` is its lasting name and no bearer value; `key` is the hash of what its cookie holds. */
export interface SessionRecord {
  uid: string;
  key: string;
  accountId?: string;
  expiresAt: number;
  /** Every member of the session but `authorizations`. */
  payload: JsonObject;
  /** By client id: any string, dots and `$` included. */
  authorizations: Record<string, SessionAuthorization>;
}

/** What a request changed, compared with what it had read: parallel requests must not erase each other's changes. */
export interface SessionChange {
  uid: string;
  expiresAt: number;
  /** The cookie's new key, when the identifier was renewed: the one before it finds nothing any more. */
  key?: string;
  /** Members of the payload that are new or have another value; names are those of the library. */
  set: JsonObject;
  unset: string[];
  /** Lifted copy of `payload.accountId`, when it changed. */
  accountId?: string;
  setAuthorizations: Record<string, SessionAuthorization>;
  unsetAuthorizations: string[];
}

export interface SessionStore {
  /** Stores a new session; false when its uid is known, alive or ended. */
  create(session: SessionRecord): Promise<boolean>;
  /** Applies a change to a session that is alive, in one atomic write; false when it has ended or never was. */
  update(change: SessionChange): Promise<boolean>;
  /** By the cookie's key. Ended sessions are not found. */
  findByKey(key: string): Promise<SessionRecord | undefined>;
  findByUid(uid: string): Promise<SessionRecord | undefined>;
  listByAccount(accountId: string): Promise<SessionRecord[]>;
  /**
   * Ends a session and leaves a tombstone until the end of its life, so that no request in flight revives it.
   * Returns the session as it was when this call ended it, undefined when it wasn't alive.
   */
  end(uid: string): Promise<SessionRecord | undefined>;
}
