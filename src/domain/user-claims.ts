import type { Profile, UserRecord } from '../store/users.js';

/** OpenID Connect Core 5.1, by wire name. */
export interface UserClaims extends Profile {
  sub: string;
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
  /** Seconds since the epoch. */
  updated_at: number;
  [claim: string]: unknown;
}

/** Everything that may be said about a user; scopes decide what is. */
export function claimsOf(user: UserRecord): UserClaims {
  const { phone_number: phone, phone_number_verified: verified, ...profile } = user.profile;
  return {
    sub: user.id,
    ...profile,
    ...(phone === undefined ? {} : { phone_number: phone, phone_number_verified: verified ?? false }),
    ...(user.username === undefined ? {} : { preferred_username: user.username }),
    ...(user.email === undefined ? {} : { email: user.email, email_verified: user.emailVerified }),
    updated_at: Math.floor(user.updatedAt / 1000),
  };
}
