import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyRecord } from '../store/keys.js';
import type { JsonObject } from '../store/store.js';
import { decryptionAlgs, signingAlgs } from './algorithms.js';
import type { Vault } from './vault.js';

export type KeyAlg = (typeof signingAlgs)[number] | (typeof decryptionAlgs)[number];
export type KeyPurpose = 'signing' | 'encryption';

/** In the order in which they are published. */
export const keyAlgs: readonly KeyAlg[] = [...signingAlgs, ...decryptionAlgs];

export function purposeOf(alg: KeyAlg): KeyPurpose {
  return signingAlgs.some((signing) => signing === alg) ? 'signing' : 'encryption';
}

const generate = promisify(generateKeyPair);

async function generateKey(alg: KeyAlg): Promise<KeyObject> {
  switch (alg) {
    case 'RS256':
    case 'PS256':
    case 'RSA-OAEP-256':
      return (await generate('rsa', { modulusLength: 2048 })).privateKey;
    case 'ES256':
    case 'ECDH-ES':
    case 'ECDH-ES+A256KW':
      return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
    case 'ES384':
      return (await generate('ec', { namedCurve: 'P-384' })).privateKey;
    case 'EdDSA':
      return (await generate('ed25519')).privateKey;
  }
}

/** RFC 7638: of the members that make the key, in lexical order. Hexadecimal, so that no key id looks like an option. */
function thumbprint(jwk: JsonObject): string {
  const { crv, e, kty, n, x, y } = jwk;
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('hex');
}

export interface NewKey {
  alg: KeyAlg;
  generation: number;
  now: number;
  activeFrom: number;
}

/** Makes a key, sealed for the store. */
export async function newKey({ alg, generation, now, activeFrom }: NewKey, vault: Vault): Promise<KeyRecord> {
  const purpose = purposeOf(alg);
  const jwk = (await generateKey(alg)).export({ format: 'jwk' }) as JsonObject;
  const kid = thumbprint(jwk).slice(0, 16);
  const named = { kid, alg, use: purpose === 'signing' ? 'sig' : 'enc' };
  const { kty, crv, n, e, x, y } = jwk;
  return {
    id: `${purpose}/${alg}/${generation}`,
    purpose,
    publicJwk: { kty, crv, n, e, x, y, ...named },
    sealed: vault.seal(`${purpose}-key`, JSON.stringify({ ...jwk, ...named })),
    createdAt: now,
    activeFrom,
  };
}

/** The private JWK of a record: what `newKey` has sealed. */
export function privateJwk({ purpose, sealed }: KeyRecord, vault: Vault): JsonObject {
  return JSON.parse(vault.open(`${purpose}-key`, sealed)) as JsonObject;
}
