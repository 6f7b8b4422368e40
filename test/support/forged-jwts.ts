import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT that nobody signed, and that says so (RFC 8725 2.1). */
export const unsigned = (claims: JWTPayload, header: object = {}): string =>
  `${part({ alg: 'none', ...header })}.${part(claims)}.`;

/** A JWT by HMAC: its secret is whatever the forger has at hand. */
export function signedBySecret(
  secret: string,
  claims: JWTPayload,
  header: object = {},
  hash = 'sha256',
): string {
  const input = `${part({ alg: 'HS256', ...header })}.${part(claims)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}
