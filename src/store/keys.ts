import type { JsonObject } from './json.js';

/** A secret that all processes share: encrypted by the master key, which is not in the store. */
export interface KeyRecord {
  /**
   * A slot: purpose, algorithm and generation (`signing/RS256/1`, `encryption/ECDH-ES/1`) or `cookie/1`, so that of two
   * processes that want to fill it at once only one does.
   */
  id: string;
  purpose: string;
  /** Keys of an algorithm: the public JWK, with kid, alg and use. */
  publicJwk?: JsonObject;
  /** The private part, sealed (`src/domain/vault.ts`). */
  sealed: string;
  createdAt: number;
  /** When it takes over from the generation before; without it, when it was made. Never changed. */
  activeFrom?: number;
}

export interface KeyStore {
  /** False when the slot is taken; of parallel calls for one slot exactly one is true. */
  create(key: KeyRecord): Promise<boolean>;
  find(id: string): Promise<KeyRecord | undefined>;
  /** In order of id. */
  list(purpose: string): Promise<KeyRecord[]>;
  remove(id: string): Promise<boolean>;
}
