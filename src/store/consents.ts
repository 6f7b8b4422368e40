/**
 * What a user has allowed a client, remembered beyond the session: a Grant ends with its session's logout, this
 * does not.
 */
export interface ConsentRecord {
  accountId: string;
  clientId: string;
  /** OpenID scopes, sorted. */
  scopes: string[];
  /** Names of claims asked for one by one. */
  claims: string[];
  /** Scopes by resource indicator (RFC 8707): any string, dots and `$` included. */
  resources: Record<string, string[]>;
  updatedAt: number;
}

export interface ConsentStore {
  find(accountId: string, clientId: string): Promise<ConsentRecord | undefined>;
  /** Adds to what is remembered; of parallel additions none is lost. */
  add(consent: ConsentRecord): Promise<void>;
  remove(accountId: string, clientId: string): Promise<void>;
  /** Forgets everything about a user, or about a client. */
  removeAll(of: { accountId: string } | { clientId: string }): Promise<void>;
}
