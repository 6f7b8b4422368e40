/** Lets apps register themselves, so many times (RFC 7591 3). */
export interface InitialAccessTokenRecord {
  /** Names it to the operator; says nothing of the token. */
  id: string;
  /** Hash of the token. */
  key: string;
  /** Whom it was given to, in the operator's words. */
  name: string;
  /** Registrations that it was made for, and that are left. */
  quota: number;
  left: number;
  createdAt: number;
  expiresAt: number;
}

export interface InitialAccessTokenStore {
  create(token: InitialAccessTokenRecord): Promise<void>;
  find(key: string): Promise<InitialAccessTokenRecord | undefined>;
  /** Takes one of the registrations that are left: of parallel calls exactly so many succeed. */
  spend(key: string): Promise<boolean>;
  /** Removes the one with this id. */
  remove(id: string): Promise<boolean>;
  /** All of them, in order of creation: there are tens, not thousands. */
  list(): Promise<InitialAccessTokenRecord[]>;
}
