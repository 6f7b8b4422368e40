import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A key of a client: what it signs by, and what Gatehouse is told of it. */
export interface ClientKey {
  privateKey: CryptoKey;
  publicJwk: JWK;
  jwks: { keys: JWK[] };
}

export async function clientKey(alg = 'ES256'): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: 'one', alg, use: 'sig' };
  return { privateKey, publicJwk, jwks: { keys: [publicJwk] } };
}

/** Claims in place of others; `undefined` takes one away. */
export type Changes = { [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };

/** A client assertion as it should be (RFC 7523 3), with these claims in place of its own; `undefined` takes one away. */
export function clientAssertion(
  key: ClientKey,
  clientId: string,
  audience: string,
  changes: Changes = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat: now, exp: now + 60 };
  return new SignJWT({ ...claims, ...changes } as JWTPayload)
    .setProtectedHeader({ alg: String(key.publicJwk.alg), kid: 'one' })
    .sign(key.privateKey);
}
