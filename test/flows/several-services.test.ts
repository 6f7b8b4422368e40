import { beforeAll, expect, test } from '@jest/globals';
import { SignJWT, decodeJwt, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import * as client from 'openid-client';
import { api, introspect } from '../support/api.js';
import { createBrowser, type Browser, type Page } from '../support/browser.js';
import { basic, flow, postForm } from '../support/flow.js';
import { REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

/** An app that may ask tokens for two services, one with JWTs, one with opaque tokens. */
async function scene(gatehouse: Instance, settings: Record<string, unknown> = {}) {
  const [orders, stock] = [await api(gatehouse, 'jwt'), await api(gatehouse, 'opaque')];
  const resources = [orders.resource, stock.resource];
  const user = await gatehouse.addUser();
  const made = await webApp(gatehouse, { resources, ...settings });
  const scope = `openid offline_access ${orders.read} ${stock.write}`;
  return { orders, stock, resources, user, scope, ...made };
}

type Scene = Awaited<ReturnType<typeof scene>>;

const withResources = (url: string, resources: readonly string[]) =>
  `${url}${resources.map((resource) => `&resource=${encodeURIComponent(resource)}`).join('')}`;

/** Asks for both, and stops at the consent page. */
async function ask({ rp, scope, user }: Scene, resources: string[], browser: Browser = createBrowser()) {
  const { url, checks } = await rp.begin({ scope, prompt: 'consent' });
  const signInPage = await browser.open(withResources(url, resources));
  const consent = await browser.submit(signInPage, '/sign-in', { login: user.login, password: PASSWORD });
  return { browser, consent, checks };
}

async function code(made: Scene, resources = made.resources) {
  const { browser, consent, checks } = await ask(made, resources);
  const callback = await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
  return { browser, checks, callback };
}

async function tokensFor(made: Scene, resource: string) {
  const { callback, checks, browser } = await code(made);
  return Object.assign(await made.rp.finish(callback.url, checks, { resource }), { browser });
}

const errorAt = (page: Page) => new URL(page.url).searchParams.get('error');

flow('An app asks for two services at once (RFC 8707)', (gatehouse) => {
  test('the person sees both, the code gives a token for one, and the refresh token one for the other', async () => {
    const made = await scene(gatehouse());
    const { orders, stock, resources, rp, user } = made;
    const { browser, consent, checks } = await ask(made, resources);
    for (const words of [orders.name, 'read it', stock.name, 'write it'])
      expect(consent.html).toContain(words);
    for (const { host } of resources.map((resource) => new URL(resource)))
      expect(consent.html).toContain(host);

    const callback = await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
    const first = await rp.finish(callback.url, checks, { resource: orders.resource });
    expect(decodeJwt(first.access_token)).toMatchObject({ aud: orders.resource, scope: orders.read });

    const second = await client.refreshTokenGrant(rp.config, first.refresh_token!, {
      resource: stock.resource,
    });
    expect(await introspect(gatehouse(), stock.app, second.access_token)).toMatchObject({
      active: true,
      sub: user.id,
      aud: stock.resource,
      scope: stock.write,
    });
    expect(await introspect(gatehouse(), orders.app, second.access_token)).toEqual({ active: false });

    const third = await client.refreshTokenGrant(rp.config, second.refresh_token!, {
      resource: orders.resource,
    });
    expect(decodeJwt(third.access_token)).toMatchObject({ aud: orders.resource, scope: orders.read });
    const userinfo = await client.refreshTokenGrant(rp.config, third.refresh_token!);
    expect((await client.fetchUserInfo(rp.config, userinfo.access_token, user.id)).sub).toBe(user.id);
  });

  test('what was allowed is remembered for both, and no further', async () => {
    const made = await scene(gatehouse());
    const { orders, stock, resources, rp } = made;
    const { browser } = await tokensFor(made, orders.resource);
    const silently = async (scope: string, asked: string[]) => {
      const { url, checks } = await rp.begin({ scope, prompt: 'none' });
      return { checks, page: await browser.open(withResources(url, asked), { stopAt: REDIRECT_URI }) };
    };
    const { page, checks } = await silently(`openid ${orders.read} ${stock.write}`, resources);
    expect((await rp.finish(page.url, checks, { resource: stock.resource })).scope).toBe(stock.write);
    const more = await silently(`openid ${orders.read} ${stock.read}`, resources);
    expect(errorAt(more.page)).toBe('consent_required');
  });

  test('who allowed one is asked for the other', async () => {
    const made = await scene(gatehouse());
    const { orders, resources, rp } = made;
    const { browser, consent } = await ask(made, [orders.resource]);
    await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
    const { url } = await rp.begin({ scope: `openid ${orders.read}`, prompt: 'none' });
    const page = await browser.open(withResources(url, resources), { stopAt: REDIRECT_URI });
    expect(errorAt(page)).toBe('consent_required');
  });

  test('a scope that both have goes to both, each in its own token', async () => {
    const made = await scene(gatehouse(), { firstParty: true });
    const { orders, stock, resources, rp, user } = made;
    for (const resource of resources) {
      await gatehouse().gatehouse.services.extend(resource, {
        name: 'ignored',
        scopes: [{ name: 'audit', description: 'Look at the log' }],
      });
    }
    const { url, checks } = await rp.begin({
      scope: `openid offline_access audit ${orders.read}`,
      prompt: 'consent',
    });
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(withResources(url, resources)), user);
    const first = await rp.finish(callback.url, checks, { resource: orders.resource });
    expect(first.scope?.split(' ').toSorted()).toEqual([orders.read, 'audit'].toSorted());
    const second = await client.refreshTokenGrant(rp.config, first.refresh_token!, {
      resource: stock.resource,
    });
    expect(second.scope).toBe('audit');
  });

  test('a service that is named twice is one', async () => {
    const made = await scene(gatehouse());
    const { orders, rp } = made;
    const { callback, checks } = await code(made, [orders.resource, orders.resource]);
    const tokens = await rp.finish(callback.url, checks, { resource: orders.resource });
    expect(decodeJwt(tokens.access_token).aud).toBe(orders.resource);
  });
});

flow('A request for two services that comes another way', (gatehouse) => {
  let key: { privateKey: CryptoKey; jwks: unknown };
  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    key = { privateKey, jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] } };
  });

  const signed = (made: Scene, parameters: URLSearchParams) => {
    const claims = Object.fromEntries(
      [...new Set(parameters.keys())].map((name) => {
        const values = parameters.getAll(name);
        return [name, values.length === 1 ? values[0] : values];
      }),
    );
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'oauth-authz-req+jwt' })
      .setIssuer(made.app.id)
      .setAudience(gatehouse().issuer)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime('1m')
      .sign(key.privateKey);
  };

  const push = async ({ app }: Scene, parameters: [string, string][]) => {
    const { body } = await postForm(`${gatehouse().issuer}/request`, parameters, basic(app));
    return [
      ['client_id', app.id],
      ['request_uri', String(body['request_uri'])],
    ];
  };

  test.each<[how: string, carry: (made: Scene, parameters: URLSearchParams) => Promise<string[][]>]>([
    ['pushed (RFC 9126)', async (made, parameters) => push(made, [...parameters])],
    [
      'as a request object (RFC 9101)',
      async (made, parameters) => [
        ['client_id', made.app.id],
        ['request', await signed(made, parameters)],
      ],
    ],
    [
      'as a request object that is pushed',
      async (made, parameters) => push(made, [['request', await signed(made, parameters)]]),
    ],
  ])('%s', async (_how, carry) => {
    const made = await scene(gatehouse(), {
      metadata: { jwks: key.jwks, request_object_signing_alg: 'ES256' },
    });
    const { orders, stock, resources, rp, scope, user } = made;
    const { url, checks } = await rp.begin({ scope, prompt: 'consent' });
    const { searchParams } = new URL(withResources(url, resources));
    const carried = new URLSearchParams(await carry(made, searchParams));
    const browser = createBrowser();
    const page = await browser.open(`${gatehouse().issuer}/auth?${carried}`);
    const callback = await signIn(browser, page, user);
    const first = await rp.finish(callback.url, checks, { resource: orders.resource });
    expect(decodeJwt(first.access_token)).toMatchObject({ aud: orders.resource, scope: orders.read });
    const second = await client.refreshTokenGrant(rp.config, first.refresh_token!, {
      resource: stock.resource,
    });
    expect(second.scope).toBe(stock.write);
  });

  test('pushed, with one that the app may not ask for', async () => {
    const made = await scene(gatehouse());
    const other = await api(gatehouse(), 'jwt');
    const { url } = await made.rp.begin({ scope: made.scope });
    const { searchParams } = new URL(withResources(url, [made.orders.resource, other.resource]));
    const answer = await postForm(`${gatehouse().issuer}/request`, [...searchParams], basic(made.app));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });
});

/** `resource` as it is asked for at the token endpoint, by whoever was allowed orders and stock. */
const wrong: [what: string, resources: (made: Scene, other: string) => string[]][] = [
  ['both', ({ resources }) => resources],
  ['one of them twice', ({ orders }) => [orders.resource, orders.resource]],
  ['one that the app may use and did not ask for', (_, other) => [other]],
  ['one of them and one that it did not ask for', ({ orders }, other) => [orders.resource, other]],
  ['one that nobody knows', () => ['https://nowhere.example.com/']],
  ['one that is no URI', () => ['orders']],
  ['one with a fragment', ({ orders }) => [`${orders.resource}#all`]],
  ['one with another slash', ({ orders }) => [orders.resource.slice(0, -1)]],
  ['the name of a member', () => ['__proto__']],
];

flow('A token request that names the wrong service', (gatehouse) => {
  const given = async () => {
    const made = await scene(gatehouse());
    const other = await api(gatehouse(), 'jwt');
    const { clients } = gatehouse().gatehouse;
    await clients.update(made.app.id, { resources: [...made.resources, other.resource] });
    return { made, other: other.resource };
  };
  const request = ({ app }: Scene, form: Record<string, string>, resources: string[]) =>
    postForm(
      `${gatehouse().issuer}/token`,
      [...Object.entries(form), ...resources.map((resource): [string, string] => ['resource', resource])],
      basic(app),
    );
  const refused = { status: 400, body: { error: 'invalid_target' } };

  test.each(wrong)('with a code: %s', async (_what, resources) => {
    const { made, other } = await given();
    const { callback, checks } = await code(made);
    const form = {
      grant_type: 'authorization_code',
      code: new URL(callback.url).searchParams.get('code')!,
      code_verifier: checks.pkceCodeVerifier!,
      redirect_uri: REDIRECT_URI,
    };
    expect(await request(made, form, resources(made, other))).toMatchObject(refused);
  });

  test.each(wrong)('with a refresh token, which is not used up by it: %s', async (_what, resources) => {
    const { made, other } = await given();
    const { refresh_token } = await tokensFor(made, made.orders.resource);
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token! };
    expect(await request(made, form, resources(made, other))).toMatchObject(refused);
    expect((await request(made, form, [made.stock.resource])).status).toBe(200);
  });

  test('none, where there is no openid to give a token for userinfo', async () => {
    const { made } = await given();
    const { rp, orders, stock, resources, user } = made;
    const { url, checks } = await rp.begin({ scope: `${orders.read} ${stock.write}` });
    // A nonce comes back in an ID token, and none is asked for.
    const plain = new URL(withResources(url, resources));
    plain.searchParams.delete('nonce');
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(plain.href), user);
    const form = {
      grant_type: 'authorization_code',
      code: new URL(callback.url).searchParams.get('code')!,
      code_verifier: checks.pkceCodeVerifier!,
      redirect_uri: REDIRECT_URI,
    };
    expect(await request(made, form, [])).toMatchObject(refused);
  });

  test('client credentials for two', async () => {
    const { resources } = await scene(gatehouse());
    const service = await gatehouse().addClient({ kind: 'service', resources });
    const answer = await postForm(
      `${gatehouse().issuer}/token`,
      [
        ['grant_type', 'client_credentials'],
        ...resources.map((each): [string, string] => ['resource', each]),
      ],
      basic(service),
    );
    expect(answer).toMatchObject(refused);
  });
});

flow('An authorization request that names the wrong service', (gatehouse) => {
  test.each<[what: string, resources: (made: Scene) => string[]]>([
    ['one of two that nobody knows', ({ orders }) => [orders.resource, 'https://nowhere.example.com/']],
    ['one of two that is no URI', ({ orders }) => ['orders', orders.resource]],
    ['one of two with a fragment', ({ orders, stock }) => [orders.resource, `${stock.resource}#all`]],
  ])('%s', async (_what, resources) => {
    const made = await scene(gatehouse());
    const { url } = await made.rp.begin({ scope: made.scope });
    const page = await createBrowser().open(withResources(url, resources(made)), { stopAt: REDIRECT_URI });
    expect(errorAt(page)).toBe('invalid_target');
  });
});
