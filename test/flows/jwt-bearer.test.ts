import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SignJWT, decodeJwt, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import * as client from 'openid-client';
import type { AssertionIssuer } from '../../src/domain/assertion-issuers.js';
import { api, introspect, type App } from '../support/api.js';
import { beforeNext } from '../support/before-next.js';
import { serveDocuments, type DocumentServer } from '../support/document-server.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { obtainTokens, relyingParty, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ISSUER = 'https://partner.example.com';
const ALLOWED = { env: { OUTBOUND_ALLOWED_HOSTS: 'localhost' } };

let key: { privateKey: CryptoKey; jwk: JWK };
beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  key = { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' } };
});

type Claims = Record<string, unknown>;

/** A client that may bring the word of a partner, and what it is good for. */
async function scene(gatehouse: Instance, settings: Partial<AssertionIssuer> = {}) {
  const stock = await api(gatehouse, 'opaque');
  const assertionIssuers = [
    {
      issuer: ISSUER,
      subject: 'id' as const,
      resources: [stock.resource],
      ...('jwks_uri' in settings ? {} : { jwks: { keys: [key.jwk] } as never }),
      ...settings,
    },
  ];
  const app = await gatehouse.addClient({ kind: 'service', assertionIssuers });
  const user = await gatehouse.addUser();
  return { stock, app, user };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** What the partner signs; a claim that is undefined is left out. */
function assert(
  { issuer }: Instance,
  sub: string,
  claims: Claims = {},
  { header = {}, signer = key.privateKey }: { header?: object; signer?: CryptoKey } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const standard = { iss: ISSUER, sub, aud: issuer, iat: now, exp: now + 60, jti: randomUUID() };
  const given = Object.entries({ ...standard, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(given))
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .sign(signer);
}

const redeem = ({ issuer }: Instance, app: App, fields: Record<string, string> | [string, string][]) => {
  const given = Array.isArray(fields) ? fields : Object.entries(fields);
  return postForm(`${issuer}/token`, [['grant_type', GRANT], ...given], basic(app));
};

flow('Assertions of others as a grant (RFC 7523 2.1)', (gatehouse) => {
  test('a client that brings one gets a token for the person, and nothing else', async () => {
    const { stock, app, user } = await scene(gatehouse());
    const { status, body } = await redeem(gatehouse(), app, {
      assertion: await assert(gatehouse(), user.id),
      resource: stock.resource,
      scope: stock.read,
    });
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 600,
        scope: stock.read,
      },
    ]);
    expect(await introspect(gatehouse(), stock.app, body['access_token'])).toMatchObject({
      active: true,
      sub: user.id,
      client_id: app.id,
      aud: stock.resource,
      scope: stock.read,
    });
    const line = gatehouse().logged.find((each) => each.includes('"jwt_bearer"') && each.includes(user.id));
    expect(JSON.parse(line!)).toMatchObject({ client_id: app.id, issuer: ISSUER, resource: stock.resource });
  });

  test('the token endpoint is an audience as well, and people can be known by what they sign in with', async () => {
    const { stock, app, user } = await scene(gatehouse(), { subject: 'login' });
    for (const aud of [`${gatehouse().issuer}/token`, [gatehouse().issuer]]) {
      const assertion = await assert(gatehouse(), user.login.toUpperCase(), { aud });
      const { body } = await redeem(gatehouse(), app, { assertion, resource: stock.resource });
      expect(await introspect(gatehouse(), stock.app, body['access_token'])).toMatchObject({ sub: user.id });
    }
  });

  test('with a DPoP proof the token is bound to its key', async () => {
    const { stock, app, user } = await scene(gatehouse());
    const { config } = await relyingParty(gatehouse().issuer, app);
    const tokens = await client.genericGrantRequest(
      config,
      GRANT,
      { assertion: await assert(gatehouse(), user.id), resource: stock.resource },
      { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) },
    );
    expect(tokens.token_type).toBe('dpop');
  });

  test('the token ends when the user is disabled or the client is removed', async () => {
    const endings: ((made: Scene) => Promise<unknown>)[] = [
      ({ user }) => gatehouse().gatehouse.users.disable(user.id),
      ({ app }) => gatehouse().gatehouse.clients.remove(app.id),
    ];
    for (const end of endings) {
      const made = await scene(gatehouse());
      const assertion = await assert(gatehouse(), made.user.id);
      const { body } = await redeem(gatehouse(), made.app, { assertion, resource: made.stock.resource });
      const token = body['access_token'];
      expect(await introspect(gatehouse(), made.stock.app, token)).toMatchObject({ active: true });
      await end(made);
      expect(await introspect(gatehouse(), made.stock.app, token)).toEqual({ active: false });
    }
  });

  test('each is good once, however many bring it at the same moment', async () => {
    const { stock, app, user } = await scene(gatehouse());
    const fields = { assertion: await assert(gatehouse(), user.id), resource: stock.resource };
    const answers = await inParallel(8, () => redeem(gatehouse(), app, fields));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array<number>(7).fill(400)]);
    const { app: another } = await scene(gatehouse(), { resources: [stock.resource] });
    for (const client of [app, another])
      expect(await redeem(gatehouse(), client, fields)).toMatchObject({ body: { error: 'invalid_grant' } });
  });
});

flow('An assertion that is not taken', (gatehouse) => {
  const now = () => Math.floor(Date.now() / 1000);

  test.each<[what: string, claims: (issuer: string) => Claims]>([
    ['of another issuer', () => ({ iss: 'https://other.example.com' })],
    ['of our own', (issuer) => ({ iss: issuer })],
    ['of nobody', () => ({ iss: undefined })],
    ['for another server', () => ({ aud: 'https://other.example.com' })],
    ['for another server as well', (issuer) => ({ aud: [issuer, 'https://other.example.com'] })],
    ['for nobody', () => ({ aud: undefined })],
    ['for another address of ours', (issuer) => ({ aud: `${issuer}/auth` })],
    ['that is over', () => ({ iat: now() - 120, exp: now() - 60 })],
    ['that is over, within the tolerance', () => ({ iat: now() - 60, exp: now() - 1 })],
    ['that never ends', () => ({ exp: undefined })],
    ['that lives too long', () => ({ exp: now() + 3600 })],
    ['that does not hold yet', () => ({ nbf: now() + 120 })],
    ['without a time', () => ({ iat: undefined })],
    ['without an id', () => ({ jti: undefined })],
    ['with an empty id', () => ({ jti: '' })],
    ['with a number as its id', () => ({ jti: 1 })],
    ['of no subject', () => ({ sub: undefined })],
    ['of a subject that nobody knows', () => ({ sub: 'nobody' })],
    ['of a subject that is the name of a member', () => ({ sub: '__proto__' })],
    ['of a number', () => ({ sub: 1 })],
  ])('%s', async (_what, claims) => {
    const { stock, app, user } = await scene(gatehouse());
    const assertion = await assert(gatehouse(), user.id, claims(gatehouse().issuer));
    expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test.each<[what: string, make: (good: string) => string | Promise<string>]>([
    ['letters', () => 'letters'],
    ['dots', () => '..'],
    ['30000 letters', () => 'a'.repeat(30_000)],
    ['one without its signature', (good) => good.slice(0, good.lastIndexOf('.') + 1)],
    [
      'one by alg none',
      (good) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`,
    ],
  ])('%s', async (_what, make) => {
    const { stock, app, user } = await scene(gatehouse());
    const assertion = await make(await assert(gatehouse(), user.id));
    expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('signed by another key, by a secret, or said to be of another type', async () => {
    const { stock, app, user } = await scene(gatehouse());
    const { privateKey } = await generateKeyPair('ES256');
    const claims = decodeJwt(await assert(gatehouse(), user.id));
    const bad = [
      await assert(gatehouse(), user.id, {}, { signer: privateKey }),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .sign(new TextEncoder().encode(JSON.stringify(key.jwk))),
      await assert(gatehouse(), user.id, {}, { header: { typ: 'at+jwt' } }),
      await assert(gatehouse(), user.id, {}, { header: { typ: 'logout+jwt' } }),
    ];
    for (const assertion of bad) {
      expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    }
  });

  test('of a user who is disabled', async () => {
    const { stock, app, user } = await scene(gatehouse());
    await gatehouse().gatehouse.users.disable(user.id);
    const assertion = await assert(gatehouse(), user.id);
    expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('of a user who is disabled at that very moment', async () => {
    const { stock, app, user } = await scene(gatehouse());
    const { store, users } = gatehouse().gatehouse;
    const assertion = await assert(gatehouse(), user.id);
    const isDisabled = beforeNext(store.artifacts, ['create'], () => users.disable(user.id));
    expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(isDisabled()).toBe(true);
  });

  test('of our own name, whoever has signed it, or an ID token of ours', async () => {
    const { issuer } = gatehouse();
    const { stock, app, user } = await scene(gatehouse(), { issuer });
    const { rp } = await webApp(gatehouse());
    const { id_token } = await obtainTokens(rp, user);
    for (const assertion of [await assert(gatehouse(), user.id, { iss: issuer }), id_token!]) {
      expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    }
  });

  test('for a service that is there and not named with the issuer', async () => {
    const { app, user } = await scene(gatehouse());
    const other = await api(gatehouse(), 'jwt');
    const assertion = await assert(gatehouse(), user.id);
    expect(await redeem(gatehouse(), app, { assertion, resource: other.resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    });
  });

  test.each<[what: string, fields: (made: Scene) => [string, string][], error: string]>([
    ['no service', () => [], 'invalid_request'],
    ['a service that nobody knows', () => [['resource', 'https://nowhere.example.com/']], 'invalid_target'],
    ['a service that is no URI', () => [['resource', 'stock']], 'invalid_target'],
    [
      'two services',
      ({ stock }) => [
        ['resource', stock.resource],
        ['resource', 'https://nowhere.example.com/'],
      ],
      'invalid_target',
    ],
    [
      'a scope that is not allowed',
      ({ stock }) => [
        ['resource', stock.resource],
        ['scope', `${stock.read} ${stock.write}`],
      ],
      'invalid_scope',
    ],
    [
      'the scope openid',
      ({ stock }) => [
        ['resource', stock.resource],
        ['scope', 'openid'],
      ],
      'invalid_scope',
    ],
    [
      'the assertion twice',
      ({ stock }) => [
        ['resource', stock.resource],
        ['assertion', 'again'],
      ],
      'invalid_request',
    ],
  ])('for %s, and it can be used for what is allowed', async (_what, fields, error) => {
    const made = await scene(gatehouse());
    const { app, stock, user } = made;
    const { clients } = gatehouse().gatehouse;
    const jwks = { keys: [key.jwk] } as never;
    const only = {
      issuer: ISSUER,
      jwks,
      subject: 'id',
      resources: [stock.resource],
      scopes: [stock.read],
    } as const;
    await clients.update(app.id, {
      assertionIssuers: [{ ...only, resources: [...only.resources], scopes: [...only.scopes] }],
    });
    const assertion = await assert(gatehouse(), user.id);
    const asked = await redeem(gatehouse(), app, [['assertion', assertion], ...fields(made)]);
    expect(asked).toMatchObject({ status: 400, body: { error } });
    const good = { assertion, resource: stock.resource, scope: stock.read };
    expect((await redeem(gatehouse(), app, good)).status).toBe(200);
  });

  test('by a client without an issuer: the grant is off', async () => {
    const { stock, user } = await scene(gatehouse());
    const redirectUris = ['https://app.example.com/cb'];
    const others = [
      await gatehouse().addClient({ kind: 'service' }),
      await gatehouse().addClient({ kind: 'web', redirectUris }),
    ];
    for (const other of others) {
      const assertion = await assert(gatehouse(), user.id);
      expect(await redeem(gatehouse(), other, { assertion, resource: stock.resource })).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
    }
  });
});

flow(
  'An assertion in time',
  (gatehouse) => {
    const clock = stopTheClock();

    test('is good for five minutes at the most, and cannot come back after them', async () => {
      const { stock, app, user } = await scene(gatehouse());
      const now = Math.floor(Date.now() / 1000);
      const fields = {
        assertion: await assert(gatehouse(), user.id, { exp: now + 300 }),
        resource: stock.resource,
      };
      expect((await redeem(gatehouse(), app, fields)).status).toBe(200);
      for (const seconds of [299, 1, 20]) {
        clock.pass(seconds);
        expect(await redeem(gatehouse(), app, fields)).toMatchObject({ body: { error: 'invalid_grant' } });
      }
    });
  },
  { clock: wallClock },
);

flow('Keys of an issuer at an address of its own', (gatehouse) => {
  let documents: DocumentServer;
  beforeAll(async () => {
    documents = await serveDocuments();
  });
  afterAll(() => documents.close());

  test('are not read where the operator has not allowed a private host', async () => {
    const { stock, app, user } = await scene(gatehouse(), { jwks_uri: `${documents.origin}/keys` });
    const assertion = await assert(gatehouse(), user.id);
    expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(documents.asked).toEqual([]);
  });
});

flow(
  'Keys of an issuer at an address that the operator allows',
  (gatehouse) => {
    let documents: DocumentServer;
    beforeAll(async () => {
      documents = await serveDocuments();
    });
    afterAll(() => documents.close());

    test('are read once for many assertions', async () => {
      const { stock, app, user } = await scene(gatehouse(), { jwks_uri: `${documents.origin}/keys` });
      const headers = { 'content-type': 'application/json' };
      documents.serve('/keys', { body: JSON.stringify({ keys: [key.jwk] }), headers });
      const ask = async () =>
        redeem(gatehouse(), app, {
          assertion: await assert(gatehouse(), user.id),
          resource: stock.resource,
        });
      expect((await ask()).status).toBe(200);
      expect((await ask()).status).toBe(200);
      expect(documents.asked).toEqual(['/keys']);
    });

    test.each([
      ['are not there', '/missing'],
      ['are no keys', '/page'],
    ])('that %s make it invalid', async (_what, path) => {
      documents.serve('/page', { body: '<p>', headers: { 'content-type': 'text/html' } });
      const { stock, app, user } = await scene(gatehouse(), { jwks_uri: `${documents.origin}${path}` });
      const assertion = await assert(gatehouse(), user.id);
      expect(await redeem(gatehouse(), app, { assertion, resource: stock.resource })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    });
  },
  ALLOWED,
);
