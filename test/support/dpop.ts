import { createHash, randomUUID } from 'node:crypto';
import { SignJWT, type JWTPayload } from 'jose';
import { clientKey, type Changes, type ClientKey } from './client-keys.js';
import { postForm } from './flow.js';

/** An app's key for DPoP, and the proofs it makes by it (RFC 9449 4.2). */
export interface Prover {
  key: ClientKey;
  /** A proof as it should be, with these claims and header parameters in place of its own. */
  prove(method: string, url: string, claims?: Changes, header?: Record<string, unknown>): Promise<string>;
}

export async function prover(alg = 'ES256'): Promise<Prover> {
  const key = await clientKey(alg);
  const { kid: _kid, use: _use, alg: _alg, ...jwk } = key.publicJwk;
  return {
    key,
    prove: (method, url, claims = {}, header = {}) =>
      new SignJWT({
        ...{ htm: method, htu: url, jti: randomUUID(), iat: Math.floor(Date.now() / 1000) },
        ...(claims as JWTPayload),
      })
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
        .sign(key.privateKey),
  };
}

/** The hash of an access token that its proofs carry. */
export const ath = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** A form post with a proof, made for the nonce that the server asks for first. */
export async function postWithProof(
  by: Prover,
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): ReturnType<typeof postForm> {
  const first = await postForm(url, form, { ...headers, DPoP: await by.prove('POST', url) });
  const nonce = first.headers.get('dpop-nonce');
  if (nonce === null) throw new Error('the server asked for no nonce');
  return postForm(url, form, { ...headers, DPoP: await by.prove('POST', url, { nonce }) });
}
