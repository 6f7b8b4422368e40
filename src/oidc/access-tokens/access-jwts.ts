import { createLocalJWKSet, jwtVerify, type JWK, type JWTPayload } from 'jose';
import type { KeyRing } from '../../domain/keys.js';

export interface JwtChecks {
  issuer: string;
  keys: KeyRing;
  clockTolerance: number;
}

/** Access tokens of ours that are JWTs (RFC 9068): what they say, or undefined for whatever else is given. */
export function createJwtReader({
  issuer,
  keys,
  clockTolerance,
}: JwtChecks): (token: string) => Promise<JWTPayload | undefined> {
  const published = createLocalJWKSet({ keys: [...keys.publishedJwks] as JWK[] });
  return async (token) => {
    try {
      // The type tells them from all else that is signed with the same keys: ID tokens, logout tokens, answers.
      return (await jwtVerify(token, published, { issuer, typ: 'at+jwt', clockTolerance })).payload;
    } catch {
      return undefined;
    }
  };
}
