import { expect, test } from '@jest/globals';
import { SignJWT, generateKeyPair } from 'jose';
import { api, type Api, type App } from '../support/api.js';
import { EXCHANGE_GRANT, exchange, ownToken, scene, type Fields } from '../support/exchange.js';
import { flow, postForm } from '../support/flow.js';
import { register } from '../support/registration.js';
import { obtainTokens, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

type Scene = Awaited<ReturnType<typeof scene>>;

const TYPE = 'urn:ietf:params:oauth:token-type:';

/** A JWT like those of ours, signed by somebody else. */
async function forged(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The same token, saying something else. */
function altered(token: string, change: (claims: Record<string, unknown>) => object): string {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as Record<string, unknown>;
  return `${header}.${part(change(claims))}.${signature}`;
}

flow('Token exchange is off unless a client has a policy', (gatehouse) => {
  test('discovery names the grant, and every kind of client without a policy is refused', async () => {
    const discovery = await fetch(`${gatehouse().issuer}/.well-known/openid-configuration`);
    const { grant_types_supported } = (await discovery.json()) as { grant_types_supported: string[] };
    expect(grant_types_supported).toContain(EXCHANGE_GRANT);

    const { stock, token, app } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    const redirectUris = ['https://app.example.com/cb'];
    const kinds: App[] = [
      app,
      stock.app,
      await gatehouse().addClient({ kind: 'service', resources: [stock.resource] }),
      await gatehouse().addClient({ kind: 'spa', redirectUris }),
      await gatehouse().addClient({ kind: 'native', redirectUris }),
      await gatehouse().addClient({ kind: 'device' }),
    ];
    for (const client of kinds) {
      const answer = await exchange(gatehouse(), client, { subject_token: token, resource: stock.resource });
      expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    }
  });

  test('ends with its policy', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    const ask = () => exchange(gatehouse(), orders.app, { subject_token: token, resource: stock.resource });
    expect((await ask()).status).toBe(200);
    await gatehouse().gatehouse.clients.update(orders.app.id, { tokenExchange: null });
    expect(await ask()).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  test('a client has to authenticate, as itself', async () => {
    const { stock, orders, token, app } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    const fields = { subject_token: token, resource: stock.resource };
    for (const secret of ['', 'wrong', app.secret]) {
      const answer = await exchange(gatehouse(), { id: orders.app.id, secret }, fields);
      expect(answer).toMatchObject({ body: { error: 'invalid_client' } });
    }
  });
});

flow(
  'A client that registers itself (RFC 7591)',
  (gatehouse) => {
    test('cannot give itself the grant or a policy', async () => {
      const asked = await register(gatehouse(), { grant_types: ['authorization_code', EXCHANGE_GRANT] });
      expect(asked).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
      const { stock, app, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
      const { body } = await register(gatehouse(), {
        token_exchange: { clients: [app.id], targets: [stock.resource], impersonation: true },
        may_act: app.id,
      });
      expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['token_exchange', 'may_act']));
      const registered = { id: body['client_id'], secret: body['client_secret'] };
      const answer = await exchange(gatehouse(), registered, {
        subject_token: token,
        resource: stock.resource,
      });
      expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    });
  },
  { env: { REGISTRATION: 'open' } },
);

/** What is asked, of the scene and with what is given; and the error that it gets. */
type Case = [what: string, fields: (given: Scene) => Fields | Promise<Fields>, error: string];

flow('A token exchange that is asked for wrongly', (gatehouse) => {
  const given = () => scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });

  test.each<Case>([
    ['no subject token', ({ stock }) => ({ resource: stock.resource }), 'invalid_request'],
    [
      'an empty subject token',
      ({ stock }) => ({ subject_token: '', resource: stock.resource }),
      'invalid_request',
    ],
    [
      'no type of it',
      ({ stock, token }) => ({
        subject_token: token,
        subject_token_type: undefined,
        resource: stock.resource,
      }),
      'invalid_request',
    ],
    ...['id_token', 'refresh_token', 'jwt', 'saml2', 'nonsense'].map((type): Case => [
      `a subject token that is said to be of the type ${type}`,
      ({ stock, token }) => ({
        subject_token: token,
        subject_token_type: TYPE + type,
        resource: stock.resource,
      }),
      'invalid_request',
    ]),
    ...['id_token', 'refresh_token', 'jwt'].map((type): Case => [
      `a wish for a token of the type ${type}`,
      ({ stock, token }) => ({
        subject_token: token,
        requested_token_type: TYPE + type,
        resource: stock.resource,
      }),
      'invalid_request',
    ]),
    [
      'the subject token twice',
      ({ stock, token }) => [
        ['subject_token', token],
        ['subject_token', token],
        ['resource', stock.resource],
      ],
      'invalid_request',
    ],
    [
      'the scope twice',
      ({ stock, token }) => [
        ['subject_token', token],
        ['scope', stock.read],
        ['scope', stock.write],
        ['resource', stock.resource],
      ],
      'invalid_request',
    ],
    [
      'an actor token without its type',
      ({ stock, token }) => ({
        subject_token: token,
        actor_token: token,
        actor_token_type: undefined,
        resource: stock.resource,
      }),
      'invalid_request',
    ],
    [
      'the type of an actor token without the token',
      ({ stock, token }) => ({
        subject_token: token,
        actor_token_type: `${TYPE}access_token`,
        resource: stock.resource,
      }),
      'invalid_request',
    ],
    ['no service', ({ token }) => ({ subject_token: token }), 'invalid_request'],
    ['an empty resource', ({ token }) => ({ subject_token: token, resource: '' }), 'invalid_request'],
    [
      'two resources',
      ({ orders, stock, token }) => [
        ['subject_token', token],
        ['resource', stock.resource],
        ['resource', orders.resource],
      ],
      'invalid_target',
    ],
    [
      'a resource and another audience',
      ({ orders, stock, token }) => ({
        subject_token: token,
        resource: stock.resource,
        audience: orders.resource,
      }),
      'invalid_target',
    ],
    [
      'a resource that nobody knows',
      ({ token }) => ({ subject_token: token, resource: 'https://nowhere.example.com/' }),
      'invalid_target',
    ],
    [
      'a resource with another slash',
      ({ stock, token }) => ({ subject_token: token, resource: stock.resource.slice(0, -1) }),
      'invalid_target',
    ],
    [
      'a resource that is no URI',
      ({ token }) => ({ subject_token: token, resource: 'stock' }),
      'invalid_target',
    ],
    [
      'the name of a service in place of its resource',
      ({ token }) => ({ subject_token: token, audience: 'Stock API' }),
      'invalid_target',
    ],
    [
      'the name of a member',
      ({ token }) => ({ subject_token: token, resource: '__proto__' }),
      'invalid_target',
    ],
    [
      'a service that the policy does not name: its own',
      ({ orders, token }) => ({ subject_token: token, resource: orders.resource }),
      'invalid_target',
    ],
    [
      'a scope that the service does not have',
      ({ stock, token }) => ({ subject_token: token, resource: stock.resource, scope: 'stock:burn' }),
      'invalid_scope',
    ],
    [
      'a scope of the subject token that the service does not have',
      ({ orders, stock, token }) => ({
        subject_token: token,
        resource: stock.resource,
        scope: `${stock.read} ${orders.read}`,
      }),
      'invalid_scope',
    ],
    ...['openid', 'offline_access', 'email'].map((scope): Case => [
      `the scope ${scope}`,
      ({ stock, token }) => ({ subject_token: token, resource: stock.resource, scope }),
      'invalid_scope',
    ]),
    [
      'a scope with characters that it cannot have',
      ({ stock, token }) => ({ subject_token: token, resource: stock.resource, scope: 'a"b' }),
      'invalid_scope',
    ],
  ])('with %s', async (_what, fields, error) => {
    const made = await given();
    const { status, body } = await exchange(gatehouse(), made.orders.app, await fields(made));
    expect({ status, ...body }).toMatchObject({ status: 400, error });
    expect(body).not.toHaveProperty('access_token');
  });
});

flow('A subject token that is none', (gatehouse) => {
  const given = () => scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
  const ask = ({ orders, stock }: Scene, subject_token: string) =>
    exchange(gatehouse(), orders.app, { subject_token, resource: stock.resource, scope: stock.read });

  test.each<[what: string, token: (given: Scene) => string | Promise<string>]>([
    ['letters', () => 'letters'],
    ['the name of a member', () => '__proto__'],
    ['dots', () => '..'],
    ['30000 letters', () => 'a'.repeat(30_000)],
    ['30000 letters in three parts', () => `${'a'.repeat(10_000)}.${'a'.repeat(10_000)}.a`],
    ['an ID token', ({ signedIn }) => signedIn.id_token!],
    ['a token whose signature is cut off', ({ token }) => token.slice(0, token.lastIndexOf('.') + 1)],
    [
      'a token without a signature, by alg none',
      ({ token }) => `${part({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.`,
    ],
    [
      'a token for another service',
      ({ token, stock }) => altered(token, (claims) => ({ ...claims, aud: stock.resource })),
    ],
    [
      'a token that lives longer',
      ({ token }) => altered(token, (claims) => ({ ...claims, exp: Number(claims['exp']) + 600 })),
    ],
    ['a token of somebody else', ({ token }) => altered(token, (claims) => ({ ...claims, sub: 'somebody' }))],
    [
      'a token with a chain of actors that was never issued',
      ({ token }) => altered(token, (claims) => ({ ...claims, act: { sub: 'root' } })),
    ],
    [
      'a token that is signed by somebody else',
      ({ orders, user, app }) =>
        forged({
          iss: gatehouse().issuer,
          sub: user.id,
          aud: orders.resource,
          client_id: app.id,
          grant_id: 'a'.repeat(43),
        }),
    ],
    [
      'a token that brings its own key',
      async ({ orders, user, app }) =>
        forged(
          { iss: gatehouse().issuer, sub: user.id, aud: orders.resource, client_id: app.id },
          { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
        ),
    ],
  ])('%s', async (_what, token) => {
    const made = await given();
    expect(await ask(made, await token(made))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    // Nothing of it is left: the good one is taken.
    expect((await ask(made, made.token)).status).toBe(200);
  });

  test('a refresh token', async () => {
    const made = await given();
    const { refresh_token } = await obtainTokens(made.rp, await gatehouse().addUser(), {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    expect(await ask(made, refresh_token!)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  test('a token that a client got for itself: it is of no person', async () => {
    const made = await given();
    const { orders } = made;
    const service = await gatehouse().addClient({ kind: 'service', resources: [orders.resource] });
    const own = await ownToken(gatehouse(), service, orders.resource);
    expect(own).toContain('.');
    for (const token of [own, await ownToken(gatehouse(), orders.app)]) {
      expect(await ask(made, token)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
  });

  test('one that was revoked', async () => {
    const made = await scene(gatehouse(), { orders: 'opaque', stock: 'jwt' });
    await postForm(
      `${gatehouse().issuer}/token/revocation`,
      { token: made.token },
      { authorization: `Basic ${Buffer.from(`${made.app.id}:${made.app.secret}`).toString('base64')}` },
    );
    expect(await ask(made, made.token)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

/** A second API and what it may exchange. */
async function policed(
  gatehouse: Instance,
  { stock }: Scene,
  policy: { clients?: string[]; audiences?: string[]; scopes?: string[]; impersonation?: boolean },
): Promise<Api> {
  const other = await api(gatehouse, 'jwt');
  await gatehouse.gatehouse.clients.update(other.app.id, {
    tokenExchange: { targets: [stock.resource], impersonation: true, ...policy },
  });
  return other;
}

flow('An exchange that would widen rights', (gatehouse) => {
  const given = () => scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
  const refused = { status: 400, body: { error: 'invalid_request' } };

  test.each(['jwt', 'opaque'] as const)(
    'by a client that is another service than the one that the token, of the format %s, is for',
    async (format) => {
      const made = await scene(gatehouse(), { orders: format, stock: 'jwt' });
      const { app } = await policed(gatehouse(), made, { audiences: [made.stock.resource] });
      const fields = { subject_token: made.token, resource: made.stock.resource };
      expect(await exchange(gatehouse(), app, fields)).toMatchObject(refused);
    },
  );

  test('by a client that takes the tokens of other apps than this one', async () => {
    const made = await given();
    const other = await webApp(gatehouse());
    const { app } = await policed(gatehouse(), made, { clients: [other.app.id] });
    const fields = { subject_token: made.token, resource: made.stock.resource };
    expect(await exchange(gatehouse(), app, fields)).toMatchObject(refused);
    await gatehouse().gatehouse.clients.update(app.id, {
      tokenExchange: { clients: [made.app.id], targets: [made.stock.resource], impersonation: true },
    });
    expect((await exchange(gatehouse(), app, fields)).status).toBe(200);
  });

  test('by a client that the token does not name as the one that may act (4.4)', async () => {
    const made = await given();
    const { orders, app, rp, stock } = made;
    const other = await policed(gatehouse(), made, { audiences: [orders.resource] });
    await gatehouse().gatehouse.clients.update(app.id, { mayAct: orders.app.id });
    const { access_token: subject_token } = await obtainTokens(
      rp,
      await gatehouse().addUser(),
      { scope: 'openid', resource: orders.resource },
      { tokenParameters: { resource: orders.resource } },
    );
    const fields = { subject_token, resource: stock.resource };
    expect(await exchange(gatehouse(), other.app, fields)).toMatchObject(refused);
    const actor_token = await ownToken(gatehouse(), other.app);
    expect(await exchange(gatehouse(), other.app, { ...fields, actor_token })).toMatchObject(refused);
    expect((await exchange(gatehouse(), orders.app, fields)).status).toBe(200);
  });

  test('by scopes that the policy leaves out', async () => {
    const made = await given();
    const { orders, stock, token } = made;
    const { app } = await policed(gatehouse(), made, { audiences: [orders.resource], scopes: [stock.read] });
    const ask = (scope: string) =>
      exchange(gatehouse(), app, { subject_token: token, resource: stock.resource, scope });
    expect((await ask(stock.read)).body).toMatchObject({ scope: stock.read });
    for (const scope of [stock.write, `${stock.read} ${stock.write}`]) {
      expect(await ask(scope)).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    }
  });

  test('by scopes that the token for the same service does not have', async () => {
    const { orders, token } = await given();
    await gatehouse().gatehouse.clients.update(orders.app.id, {
      tokenExchange: { audiences: [orders.resource], targets: [orders.resource], impersonation: true },
    });
    const ask = (scope: string) =>
      exchange(gatehouse(), orders.app, { subject_token: token, resource: orders.resource, scope });
    expect((await ask(orders.read)).status).toBe(200);
    expect(await ask(orders.write)).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  test('by a token that an exchange has narrowed already', async () => {
    const { orders, stock, token } = await given();
    await gatehouse().gatehouse.clients.update(stock.app.id, {
      tokenExchange: { audiences: [stock.resource], targets: [stock.resource], impersonation: true },
    });
    const narrow = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      resource: stock.resource,
      scope: stock.read,
    });
    const again = await exchange(gatehouse(), stock.app, {
      subject_token: String(narrow.body['access_token']),
      resource: stock.resource,
      scope: stock.write,
    });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  test.each(['jwt', 'opaque'] as const)(
    'by way of another service and back, by tokens of the format %s',
    async (format) => {
      const { orders, stock, token } = await scene(gatehouse(), { orders: format, stock: format });
      const prices = await api(gatehouse(), format);
      const between = [orders, stock, prices];
      const tokenExchange = {
        audiences: between.map(({ resource }) => resource),
        targets: between.map(({ resource }) => resource),
        impersonation: true,
      };
      await gatehouse().gatehouse.clients.update(orders.app.id, { tokenExchange });
      const ask = async (subject_token: string, { resource }: typeof orders, scope: string) =>
        (await exchange(gatehouse(), orders.app, { subject_token, resource, scope })).body;
      const value = (body: Record<string, unknown>) => String(body['access_token']);
      const atStock = value(await ask(token, stock, stock.read));
      const atPrices = value(await ask(atStock, prices, prices.write));
      const refusal = { error: 'invalid_scope' };
      for (const subject_token of [atStock, atPrices]) {
        expect(await ask(subject_token, orders, orders.write)).toMatchObject(refusal);
      }
      expect(await ask(atPrices, stock, stock.write)).toMatchObject(refusal);
      const back = await ask(atPrices, orders, orders.read);
      expect(back).toMatchObject({ scope: orders.read });
      const less = value(await ask(atPrices, orders, ''));
      expect(await ask(value(await ask(less, stock, '')), orders, orders.read)).toMatchObject(refusal);
      expect(await ask(value(back), stock, stock.write)).toMatchObject(refusal);
    },
  );

  test('by a client that may not impersonate, or names an actor that it is not', async () => {
    const { orders, stock, token, user, rp } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' }, {});
    const fields = { subject_token: token, resource: stock.resource };
    const { app: other } = await api(gatehouse(), 'jwt');
    const { access_token: ofPerson } = await obtainTokens(rp, user, { scope: 'openid' });
    const actors = ['', 'letters', await ownToken(gatehouse(), other), ofPerson, token];
    expect(await exchange(gatehouse(), orders.app, fields)).toMatchObject(refused);
    for (const actor_token of actors) {
      expect(await exchange(gatehouse(), orders.app, { ...fields, actor_token })).toMatchObject(refused);
    }
    const actor_token = await ownToken(gatehouse(), orders.app);
    expect((await exchange(gatehouse(), orders.app, { ...fields, actor_token })).status).toBe(200);
  });

  test('by going round in a circle: a chain of actors has an end', async () => {
    const { orders, token } = await given();
    await gatehouse().gatehouse.clients.update(orders.app.id, {
      tokenExchange: { audiences: [orders.resource], targets: [orders.resource] },
    });
    const actor_token = await ownToken(gatehouse(), orders.app);
    let subject_token = token;
    for (let actors = 1; actors <= 8; actors++) {
      const { body } = await exchange(gatehouse(), orders.app, {
        subject_token,
        actor_token,
        resource: orders.resource,
      });
      subject_token = String(body['access_token']);
    }
    const ninth = { subject_token, actor_token, resource: orders.resource };
    expect(await exchange(gatehouse(), orders.app, ninth)).toMatchObject(refused);
  });

  test('which services there are is not told', async () => {
    const { orders, stock, token } = await given();
    const hidden = await api(gatehouse(), 'jwt');
    const ask = (resource: string) => exchange(gatehouse(), orders.app, { subject_token: token, resource });
    const [known, unknown] = [await ask(hidden.resource), await ask('https://nowhere.example.com/')];
    expect(known.body).toEqual(unknown.body);
    await gatehouse().gatehouse.services.remove(stock.resource);
    expect((await ask(stock.resource)).body).toEqual(unknown.body);
  });
});
