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

/** How a client came that nobody added: it registered itself (RFC 7591). */
export interface ClientRegistration {
  /** Hash of its registration access token (RFC 7592 3). */
  tokenHash: string;
  /** Id of the initial access token that it came with. */
  initialAccessToken?: string;
  /** What its software statement says; nothing that it says itself stands against it (RFC 7591 2.3). */
  statement?: JsonObject;
}

export interface ClientRecord {
  id: string;
  kind: ClientKind;
  /** Client metadata by the names of RFC 7591 and ours (`src/oidc/client-metadata.ts`), without secrets. */
  metadata: JsonObject;
  secrets: ClientSecret[];
  /** Absent on clients that the operator added. */
  registration?: ClientRegistration;
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
