/** OpenID Connect Core 5.1.1. */
export interface Address {
  formatted?: string;
  street_address?: string;
  locality?: string;
  region?: string;
  postal_code?: string;
  country?: string;
}

/** OpenID Connect Core 5.1: the standard claims that are not a login name. Wire names, as they leave the server. */
export interface Profile {
  name?: string;
  given_name?: string;
  family_name?: string;
  middle_name?: string;
  nickname?: string;
  profile?: string;
  picture?: string;
  website?: string;
  gender?: string;
  /** YYYY-MM-DD, or YYYY. */
  birthdate?: string;
  /** Name of the time zone database: Europe/Berlin. */
  zoneinfo?: string;
  /** BCP 47: de-CH. */
  locale?: string;
  phone_number?: string;
  phone_number_verified?: boolean;
  address?: Address;
}

export interface UserRecord {
  /** The `sub` of every token: random, never reused. */
  id: string;
  /** As the person writes it; never contains `@`, so that it can't be somebody's email. */
  username?: string;
  /** The normalised username, unique. Present when `username` is. */
  usernameKey?: string;
  email?: string;
  /** The normalised email, unique. Present when `email` is. */
  emailKey?: string;
  emailVerified: boolean;
  profile: Profile;
  /** PHC string of argon2id, or an imported hash of bcrypt, scrypt or PBKDF2. Absent: can't sign in by password. */
  passwordHash?: string;
  passwordChangedAt?: number;
  /** Rights on Gatehouse itself. */
  roles: string[];
  disabledAt?: number;
  createdAt: number;
  updatedAt: number;
  /** Counts changes; `update` wants the one that was read. */
  version: number;
}

export type UserDuplicate = { duplicate: 'id' | 'username' | 'email' };

export interface UserPage {
  users: UserRecord[];
  /** Pass as `after` for the next page; undefined on the last one. */
  next?: string;
}

export interface UserStore {
  create(user: UserRecord): Promise<'created' | UserDuplicate>;
  find(id: string): Promise<UserRecord | undefined>;
  /** By normalised username or normalised email; the two never collide, since only one of them holds an `@`. */
  findByLogin(loginKey: string): Promise<UserRecord | undefined>;
  /**
   * Replaces the record whose version is `user.version`, and stores it with the version one higher. `stale`: somebody
   * else changed it meanwhile; `missing`: it is gone.
   */
  update(user: UserRecord): Promise<'updated' | 'stale' | 'missing' | UserDuplicate>;
  remove(id: string): Promise<boolean>;
  /** In order of id. `search` matches the start of username or email, normalised. */
  list(options: { after?: string; limit: number; search?: string }): Promise<UserPage>;
  /** Whether an enabled user with this role and a password exists. */
  someoneHasRole(role: string): Promise<boolean>;
}
