import type { JsonObject } from './json.js';

/**
 * A protocol record of oidc-provider other than a session, a client or a replay mark: Interaction, Grant,
 * AuthorizationCode, AccessToken, RefreshToken, ClientCredentials, DeviceCode, PushedAuthorizationRequest, ….
 */
export interface Artifact {
  model: string;
  /** Hash of model and id: the id itself is a bearer value and is never stored. Unique over all models. */
  key: string;
  payload: JsonObject;
  grantId?: string;
  accountId?: string;
  clientId?: string;
  /** Hash of a device flow's user code. */
  userCode?: string;
  /** undefined: never expires. */
  expiresAt?: number;
  /** When it was used up. Set by `consume` alone; `create` and `replace` never change it. */
  consumedAt?: number;
}

export type Consumption =
  /** This call, and no other, used it up. */
  | { won: true }
  /** Someone else did, at `consumedAt`; undefined when the record is missing or expired. */
  | { won: false; consumedAt?: number };

/** What to revoke: records that match every given member. */
export type RevocationFilter = { model?: string } & (
  { grantId: string } | { accountId: string; clientId?: string } | { clientId: string }
);

export interface ArtifactStore {
  /** Stores a new record. A record that stands under the same key is replaced, its `consumedAt` kept. */
  create(artifact: Artifact): Promise<void>;
  /** Replaces a record that is still there; false, and nothing is written, when it is gone: what ended stays ended. */
  replace(artifact: Artifact): Promise<boolean>;
  /**
   * Replaces a record that still has the payload of `before`: one conditional write, so that of parallel changes to what
   * they all have read one wins. False, and nothing is written, when another was faster or the record is gone.
   */
  swap(before: Artifact, after: Artifact): Promise<boolean>;
  find(key: string): Promise<Artifact | undefined>;
  findByUserCode(userCode: string): Promise<Artifact | undefined>;
  /** Those of one model that are a person's, the one that lives longest first; at most `limit`. */
  listByAccount(filter: { model: string; accountId: string; limit: number }): Promise<Artifact[]>;
  /**
   * Marks a record as used up: one conditional write, so that of any number of parallel calls exactly one wins. The
   * record stays, marked, until it expires; its expiry does not change.
   */
  consume(key: string): Promise<Consumption>;
  /** Removes one record; true for the one call that did, false when it wasn't there any more. */
  remove(key: string): Promise<boolean>;
  /** Removes every record that matches and returns how many. */
  revoke(filter: RevocationFilter): Promise<number>;
}
