import type { JsonObject } from './json.js';

/** What kind of application a client is; decides its defaults. `api` only introspects. */
export type ClientKind = 'web' | 'spa' | 'native' | 'device' | 'service' | 'api';

export interface ClientSecret {
  id: string;
  /** SHA-256 of the secret, base64url. Secrets are random, so a fast hash is enough. */
  hash: string;
  /** The secret itself, sealed, for clients that use it as a key (client_secret_jwt, `dir`). */
  sealed?: string;
  createdAt: number;
  /** When it stops working: set on the old one while two are live. */
  expiresAt?: number;
}

export interface ClientRecord {
  id: string;
  kind: ClientKind;
  /** Client metadata by the names of RFC 7591 and ours (`src/oidc/client-metadata.ts`), without secrets. */
  metadata: JsonObject;
  secrets: ClientSecret[];
  createdAt: number;
  updatedAt: number;
  /** Counts changes; `update` wants the one that was read. */
  version: number;
}

export interface ClientStore {
  create(client: ClientRecord): Promise<'created' | 'duplicate'>;
  find(id: string): Promise<ClientRecord | undefined>;
  /** As for users: replaces the record of this version and stores it with the version one higher. */
  update(client: ClientRecord): Promise<'updated' | 'stale' | 'missing'>;
  remove(id: string): Promise<boolean>;
  /** In order of id. */
  list(options: { after?: string; limit: number }): Promise<{ clients: ClientRecord[]; next?: string }>;
}
