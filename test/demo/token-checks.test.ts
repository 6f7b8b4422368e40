import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkByIntrospection, checkBySignature, type TokenCheck } from '../../demo/token-checks.js';

const resource = 'https://api.example.com/one';
const elsewhere = 'https://api.example.com/two';

/** An issuer that says what each test wants it to say: Gatehouse itself never gives such tokens to this API. */
let server: Server;
let issuer: string;
let signingKey: CryptoKey;
let introspection: Record<string, unknown>;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  signingKey = pair.privateKey;
  const jwk: JWK = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'one', use: 'sig' };
  server = createServer((request, response) => {
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/jwks`,
        introspection_endpoint: `${issuer}/introspect`,
      },
      '/jwks': { keys: [jwk] },
      '/introspect': introspection,
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('by signature', () => {
  const accessToken = (claims: Record<string, unknown> = {}, typ = 'at+jwt') =>
    new SignJWT({
      aud: resource,
      iss: issuer,
      sub: 'anna',
      client_id: 'app',
      scope: 'a b',
      jti: '1',
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ })
      .setIssuedAt()
      .setExpirationTime('1 minute')
      .sign(signingKey);

  test('a token for this API tells who calls', async () => {
    const check = checkBySignature({ issuer, resource });
    expect(await check(await accessToken())).toMatchObject({
      sub: 'anna',
      clientId: 'app',
      scopes: ['a', 'b'],
    });
  });

  test('a token for another API, of another issuer or kind, or signed by nobody is none', async () => {
    const check = checkBySignature({ issuer, resource });
    const unsigned = (await accessToken()).replace(/[^.]+$/, '');
    const tokens = [
      await accessToken({ aud: elsewhere }),
      await accessToken({ iss: 'https://elsewhere.example.com' }),
      await accessToken({}, 'JWT'),
      await accessToken({ client_id: undefined }),
      unsigned,
    ];
    expect(await Promise.all(tokens.map(check))).toEqual(tokens.map(() => undefined));
  });

  test('without the keys nothing can be said, and that is no verdict on the token', async () => {
    const check = checkBySignature({ issuer: `${issuer}/nowhere`, resource });
    await expect(check(await accessToken())).rejects.toThrow();
  });
});

describe('by introspection', () => {
  const good = {
    active: true,
    token_type: 'Bearer',
    aud: resource,
    sub: 'anna',
    client_id: 'app',
    scope: 'a',
    exp: 9e9,
  };
  let check: TokenCheck;
  beforeAll(() => {
    check = checkByIntrospection({ issuer, resource, clientId: 'api', clientSecret: 'secret' });
  });

  test('an active token for this API tells who calls', async () => {
    introspection = good;
    expect(await check('token')).toMatchObject({ sub: 'anna', clientId: 'app', scopes: ['a'] });
  });

  test.each([
    ['not active', { active: false }],
    ['for another API', { ...good, aud: elsewhere }],
    ['for none', { ...good, aud: undefined }],
    ['a refresh token', { ...good, token_type: undefined }],
  ])('a token that is %s is none', async (_what, answer) => {
    introspection = answer;
    expect(await check('token')).toBeUndefined();
  });
});
