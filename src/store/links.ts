import type { JsonObject } from './json.js';

/** A link that works once: first administrator, and later reset, verification and invitation. */
export interface LinkRecord {
  /** Hash of the token in the link. */
  key: string;
  purpose: string;
  userId?: string;
  data?: JsonObject;
  createdAt: number;
  expiresAt: number;
}

export interface LinkStore {
  create(link: LinkRecord): Promise<void>;
  /** Looks without using it up: to show the page that the link leads to. */
  find(purpose: string, key: string): Promise<LinkRecord | undefined>;
  /** Uses it up: of parallel calls exactly one gets the record. */
  consume(purpose: string, key: string): Promise<LinkRecord | undefined>;
  /** Removes the links of a purpose, of one user or of all. */
  removeAll(purpose: string, userId?: string): Promise<void>;
}
