import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import type { AssertionIssuer } from '../domain/assertion-issuers.js';
import type { ReadDocument } from './outbound-document.js';

const JWK_SET_TYPES = ['application/jwk-set+json', 'application/json'];

/** Keys of others whose word is taken: those that the operator has given, or those that lie at an address of theirs. */
export function createIssuerKeys(read: ReadDocument): (issuer: AssertionIssuer) => JWTVerifyGetKey {
  // As many as the operator has named; jose keeps what was read for ten minutes, and asks twice a minute at the most.
  const remote = new Map<string, JWTVerifyGetKey>();

  function at(uri: string): JWTVerifyGetKey {
    const known = remote.get(uri);
    if (known) return known;
    const keys = createRemoteJWKSet(new URL(uri), {
      [customFetch]: async (url) => new Response((await read(url, JWK_SET_TYPES)).text),
    });
    remote.set(uri, keys);
    return keys;
  }

  return ({ jwks, jwks_uri: uri }) =>
    uri === undefined ? createLocalJWKSet(jwks as unknown as JSONWebKeySet) : at(uri);
}
