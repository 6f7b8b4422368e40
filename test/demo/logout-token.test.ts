import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose';
import { createLogoutTokenCheck } from '../../demo/logout-token.js';

const issuer = 'https://id.example.com/oidc';
const clientId = 'wiki';
const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };

let signingKey: CryptoKey;
let otherKey: CryptoKey;
let check: ReturnType<typeof createLogoutTokenCheck>;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  signingKey = pair.privateKey;
  otherKey = (await generateKeyPair('ES256')).privateKey;
  const keys = createLocalJWKSet({
    keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'one' }],
  });
  check = createLogoutTokenCheck({ issuer, clientId, keys });
});

const now = () => Math.floor(Date.now() / 1000);

/** A good token but for what is given; `undefined` takes a claim away. */
function logoutToken(
  claims: Record<string, unknown> = {},
  { typ = 'logout+jwt', key = signingKey } = {},
): Promise<string> {
  const good = { iss: issuer, aud: clientId, sub: 'anna', sid: 's1', events, iat: now(), exp: now() + 120 };
  const payload: JWTPayload = { ...good, jti: crypto.randomUUID(), ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one', typ }).sign(key);
}

describe('a logout token (OpenID Connect Back-Channel Logout 2.6)', () => {
  test('says whose session is over', async () => {
    expect(await check(await logoutToken())).toEqual({ sub: 'anna', sid: 's1' });
    expect(await check(await logoutToken({ sid: undefined }))).toEqual({ sub: 'anna' });
  });

  test('counts once', async () => {
    const token = await logoutToken();
    await check(token);
    await expect(check(token)).rejects.toThrow('used before');
  });

  test.each<[string, Record<string, unknown>]>([
    ['from another issuer', { iss: 'https://elsewhere.example.com' }],
    ['for another client', { aud: 'orders' }],
    ['with a nonce, as an ID token has', { nonce: 'n' }],
    ['about something else', { events: { 'https://example.com/event/else': {} } }],
    ['about nothing', { events: undefined }],
    ['about nobody', { sub: undefined, sid: undefined }],
    ['that has expired', { iat: now() - 200, exp: now() - 100 }],
    ['that is old', { iat: now() - 3600, exp: now() + 3600 }],
    ['without a name', { jti: undefined }],
  ])('is not believed %s', async (_what, claims) => {
    await expect(check(await logoutToken(claims))).rejects.toThrow();
  });

  test('is not believed when it is another kind of token, or signed by somebody else', async () => {
    await expect(check(await logoutToken({}, { typ: 'JWT' }))).rejects.toThrow('"typ"');
    await expect(check(await logoutToken({}, { key: otherKey }))).rejects.toThrow('signature');
  });
});
