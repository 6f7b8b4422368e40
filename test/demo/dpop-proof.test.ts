import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { createHash } from 'node:crypto';
import { createProofCheck } from '../../demo/dpop-proof.js';

const accessToken = 'a-token';
const ath = createHash('sha256').update(accessToken).digest('base64url');
const request = { method: 'GET', url: 'https://api.example.com/orders', accessToken };

let key: CryptoKey;
let jwk: JWK;
let privateJwk: JWK;
let check: ReturnType<typeof createProofCheck>;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  jwk = await exportJWK(pair.publicKey);
  privateJwk = await exportJWK(pair.privateKey);
});
beforeEach(() => {
  check = createProofCheck();
});

const now = () => Math.floor(Date.now() / 1000);

/** A proof that is right, but for what a test changes. */
function proof(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ jti: 'one', htm: 'GET', htu: request.url, ath, iat: now(), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
    .sign(key);
}

test('a good proof tells whose key it is, whatever the query', async () => {
  const thumbprint = await calculateJwkThumbprint(jwk);
  expect(await check({ ...request, proof: await proof() })).toBe(thumbprint);
  expect(await check({ ...request, proof: await proof({ jti: 'two', htu: `${request.url}?page=2` }) })).toBe(
    thumbprint,
  );
});

test('of many uses of one proof at the same time, one counts', async () => {
  const once = await proof();
  const shown = await Promise.all(Array.from({ length: 50 }, () => check({ ...request, proof: once })));
  expect(shown.filter((thumbprint) => thumbprint !== undefined)).toHaveLength(1);
});

test.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
  ['for another method', { htm: 'POST' }],
  ['for another path', { htu: 'https://api.example.com/stock' }],
  ['for another host', { htu: 'https://evil.example.com/orders' }],
  ['without a URL', { htu: undefined }],
  ['for another token', { ath: createHash('sha256').update('other').digest('base64url') }],
  ['for no token', { ath: undefined }],
  ['without an id', { jti: undefined }],
  ['with an id that is a number', { jti: 7 }],
  ['that is two minutes old', { iat: now() - 120 }],
  ['from the future', { iat: now() + 120 }],
  ['without a time', { iat: undefined }],
  ['of another type', {}, { typ: 'JWT' }],
  ['without a key', {}, { jwk: undefined }],
])('a proof %s is none', async (_what, claims, header = {}) => {
  expect(await check({ ...request, proof: await proof(claims, header) })).toBeUndefined();
});

test('a proof that shows the private key, is signed by another one, by a secret, by nobody, or is nonsense, is none', async () => {
  const other = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
  const good = await proof();
  const [head = '', body = ''] = good.split('.');
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk })).toString('base64url');
  const secret = await new SignJWT({ jti: 'one', htm: 'GET', htu: request.url, ath, iat: now() })
    .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk })
    .sign(new TextEncoder().encode(JSON.stringify(jwk)));
  const proofs = [
    await proof({}, { jwk: privateJwk }),
    await proof({}, { jwk: other }),
    secret,
    `${unsigned}.${body}.`,
    `${head}.${body}.`,
    'nonsense',
    '',
  ];
  const shown = await Promise.all(proofs.map((each) => check({ ...request, proof: each })));
  expect(shown).toEqual(proofs.map(() => undefined));
});
