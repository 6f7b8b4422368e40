import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import type { AssertionIssuer } from '../../domain/assertion-issuers.js';
import type { DocumentKind, ReadDocument } from '../outbound/outbound-document.js';

const JWK_SET: DocumentKind = {
  accept: 'application/jwk-set+json, application/json',
  types: /^application\/(?:jwk-set\+)?json$/u,
  mostBytes: 65_536,
};

/** Keys of others whose word is taken: those that the operator has given, or those that lie at an address of theirs. */
export function createIssuerKeys(read: ReadDocument): (issuer: AssertionIssuer) => JWTVerifyGetKey {
  // As many as the operator has named; jose keeps what was read for ten minutes, and asks twice a minute at the most.
  const remote = new Map<string, JWTVerifyGetKey>();

  function at(uri: string): JWTVerifyGetKey {
    const known = remote.get(uri);
    if (known) return known;
    const keys = createRemoteJWKSet(new URL(uri), {
      [customFetch]: async (url) => new Response((await read(url, JWK_SET)).text),
    });
    remote.set(uri, keys);
    return keys;
  }

  return ({ jwks, jwks_uri: uri }) =>
    uri === undefined ? createLocalJWKSet(jwks as unknown as JSONWebKeySet) : at(uri);
}
