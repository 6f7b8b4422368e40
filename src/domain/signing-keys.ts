import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyRecord, KeyStore } from '../store/keys.js';
import type { Clock, JsonObject } from '../store/store.js';
import type { Vault } from './vault.js';

/** JWS algorithms that every installation has a key for. RS256 is what OpenID Connect Core 15.1 demands. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** The keys in use, decrypted. */
export interface KeyRing {
  /** Private JWKs (RFC 7517) with kid, alg and use. */
  signing: JsonObject[];
  /** Keys that sign cookies, the one that signs first. */
  cookies: string[];
}

const generate = promisify(generateKeyPair);

async function generateSigningKey(alg: Algorithm): Promise<KeyObject> {
  if (alg === 'RS256') return (await generate('rsa', { modulusLength: 2048 })).privateKey;
  if (alg === 'ES256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
  return (await generate('ed25519')).privateKey;
}

/** RFC 7638: the members that make the key, in lexical order. */
function thumbprint(jwk: JsonObject): string {
  const { crv, e, kty, n, x, y } = jwk;
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

async function newSigningKey(alg: Algorithm, vault: Vault, now: number): Promise<KeyRecord> {
  const jwk = (await generateSigningKey(alg)).export({ format: 'jwk' }) as JsonObject;
  const kid = thumbprint(jwk).slice(0, 16);
  const named = { ...jwk, kid, alg, use: 'sig' };
  const { kty, crv, n, e, x, y } = jwk;
  return {
    id: `signing/${alg}/1`,
    purpose: 'signing',
    publicJwk: { kty, crv, n, e, x, y, kid, alg, use: 'sig' },
    sealed: vault.seal('signing-key', JSON.stringify(named)),
    createdAt: now,
  };
}

/** Loads the keys of the installation, making those that are missing; processes that start at once agree on one set. */
export async function loadKeyRing(deps: { store: KeyStore; vault: Vault; clock: Clock }): Promise<KeyRing> {
  const { store, vault, clock } = deps;
  await Promise.all([
    ...ALGORITHMS.map(async (alg) => {
      if (await store.find(`signing/${alg}/1`)) return;
      await store.create(await newSigningKey(alg, vault, clock()));
    }),
    (async () => {
      if (await store.find('cookie/1')) return;
      const sealed = vault.seal('cookie-key', randomBytes(32).toString('base64url'));
      await store.create({ id: 'cookie/1', purpose: 'cookie', sealed, createdAt: clock() });
    })(),
  ]);
  const signing = (await store.list('signing')).map(
    (key) => JSON.parse(vault.open('signing-key', key.sealed)) as JsonObject,
  );
  // The library signs with the first key that fits: the one asked for by nobody in particular comes first.
  signing.sort(
    (a, b) => ALGORITHMS.indexOf(a['alg'] as Algorithm) - ALGORITHMS.indexOf(b['alg'] as Algorithm),
  );
  const cookies = (await store.list('cookie')).map((key) => vault.open('cookie-key', key.sealed)).reverse();
  return { signing, cookies };
}
