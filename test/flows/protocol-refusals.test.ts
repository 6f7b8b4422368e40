import { expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { clientKey } from '../support/client-keys.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { expectAlive } from '../support/refusals.js';
import { obtainTokens, REDIRECT_URI, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

let now = Date.now();
const clock = () => now;

/** A request that an app has pushed, and a browser in which somebody has used that app before. */
async function pushed(gatehouse: Instance) {
  const { app, rp } = await webApp(gatehouse);
  const { browser } = await obtainTokens(rp, await gatehouse.addUser());
  const form = Object.fromEntries(new URL((await rp.begin()).url).searchParams);
  const push = (more: Record<string, string> = {}, by = basic(app)) =>
    postForm(`${gatehouse.issuer}/request`, { ...form, ...more }, by);
  const { request_uri: uri } = (await push()).body;
  const address = (clientId = app.id, more: Record<string, string> = {}) =>
    `${gatehouse.issuer}/auth?${new URLSearchParams({ client_id: clientId, request_uri: String(uri), ...more })}`;
  return { app, browser, form, push, address };
}

const errorAt = (url: string) => new URL(url).searchParams.get('error');

flow(
  'Pushed authorization requests (RFC 9126)',
  (gatehouse) => {
    test('are used once, also by a browser that opens them ten times at once', async () => {
      const { browser, address } = await pushed(gatehouse());
      const pages = await inParallel(10, () => browser.open(address(), { stopAt: REDIRECT_URI }));
      const codes = pages.filter(({ url }) => url.startsWith(REDIRECT_URI) && errorAt(url) === null);
      expect(codes).toHaveLength(1);
      // The app is told, or, where the request is gone before its address is known, the person.
      for (const page of pages.filter((other) => !codes.includes(other)))
        expect(errorAt(page.url) ?? /<code>([a-z_]+)<\/code>/u.exec(page.html)?.[1]).toBe(
          'invalid_request_uri',
        );
      const again = await browser.open(address(), { stopAt: REDIRECT_URI });
      expect([again.status, again.html.includes('<code>invalid_request_uri</code>')]).toEqual([400, true]);
    });

    test('are of the client that pushed them', async () => {
      const { browser, address } = await pushed(gatehouse());
      const other = await webApp(gatehouse());
      const page = await browser.open(address(other.app.id), { stopAt: REDIRECT_URI });
      expect([page.status, page.url.startsWith(REDIRECT_URI)]).toEqual([400, false]);
    });

    test('are over after a minute', async () => {
      const { browser, address } = await pushed(gatehouse());
      now += 90_000;
      const page = await browser.open(address(), { stopAt: REDIRECT_URI });
      expect([page.status, page.html.includes('<code>invalid_request_uri</code>')]).toEqual([400, true]);
    });

    test('are what counts, whatever else the browser brings', async () => {
      const { browser, address } = await pushed(gatehouse());
      const more = { redirect_uri: 'https://evil.example/', scope: 'openid offline_access', state: 'mine' };
      const page = await browser.open(address(undefined, more), { stopAt: 'http' });
      expect(page.url.startsWith('https://evil.example/')).toBe(false);
      expect(new URL(page.url).searchParams.get('state')).not.toBe('mine');
    });

    test.each<[what: string, more: Record<string, string>, known: boolean, status: number, error: string]>([
      ['with a request_uri within', { request_uri: 'urn:x' }, true, 400, 'request_uri_not_supported'],
      ['that lead elsewhere', { redirect_uri: 'https://evil.example/' }, true, 400, 'invalid_request'],
      ['without PKCE', { code_challenge: '', code_challenge_method: '' }, true, 400, 'invalid_request'],
      ['for a service that the app was not given', { resource: 'urn:x:y' }, true, 400, 'invalid_target'],
      ['of a client that does not prove itself', {}, false, 401, 'invalid_client'],
    ])('%s are refused', async (_what, more, known, status, error) => {
      const { push, app } = await pushed(gatehouse());
      const answer = await push(more, known ? basic(app) : basic({ id: app.id, secret: 'wrong' }));
      expect([answer.status, answer.body['error']]).toEqual([status, error]);
    });
  },
  { clock },
);

flow('The claims parameter (OpenID Connect Core 5.5)', (gatehouse) => {
  test.each<[what: string, claims: string]>([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a number', '1'],
    ['members that are no objects', '{"userinfo":"name"}'],
    ['lists in lists in lists', `{"userinfo":{"name":${'['.repeat(1000)}${']'.repeat(1000)}}}`],
  ])('%s is refused', async (_what, claims) => {
    const { rp } = await webApp(gatehouse());
    const answer = await fetch((await rp.begin({ claims })).url, { redirect: 'manual' });
    expect(errorAt(answer.headers.get('location')!)).toBe('invalid_request');
    await expectAlive(gatehouse());
  });

  test('names of what every object has are no claims', async () => {
    const { rp } = await webApp(gatehouse());
    const claims = '{"userinfo":{"__proto__":{"essential":true},"constructor":null}}';
    const tokens = await obtainTokens(rp, await gatehouse().addUser(), { claims });
    const userinfo = await fetch(`${gatehouse().issuer}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(Object.keys((await userinfo.json()) as object)).not.toContain('constructor');
  });
});

flow('Keys of a client', (gatehouse) => {
  const keysOf: Record<string, () => Promise<object[]>> = {
    'a private one': async () => [await exportJWK((await clientKey()).privateKey)],
    'a shared one': async () => [{ kty: 'oct', k: 'c2VjcmV0' }],
    'a hundred': async () => Array.from({ length: 100 }, (_, kid) => ({ kty: 'EC', kid: String(kid) })),
    'none at all': async () => [],
    'one that is too short': async () => {
      const { publicKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
      const { n = '', ...jwk } = await exportJWK(publicKey);
      return [{ ...jwk, n: n.slice(0, 100) }];
    },
    'one that is half there': async () => [{ kty: 'EC', crv: 'P-256', x: 'x' }],
  };
  test.each(Object.entries(keysOf))('%s: refused', async (_what, make) => {
    const added = gatehouse().addClient({
      kind: 'web',
      redirectUris: [REDIRECT_URI],
      authMethod: 'private_key_jwt',
      metadata: { jwks: { keys: (await make()) as [] } },
    });
    await expect(added).rejects.toMatchObject({ faults: [expect.objectContaining({ field: 'jwks' })] });
  });

  test('pairwise subjects for two hosts want a sector that names both', async () => {
    const added = gatehouse().addClient({
      kind: 'web',
      redirectUris: ['https://one.example/cb', 'https://two.example/cb'],
      metadata: { subject_type: 'pairwise' },
    });
    await expect(added).rejects.toMatchObject({
      faults: [
        expect.objectContaining({ field: expect.stringMatching(/sector_identifier_uri|subject_type/u) }),
      ],
    });
  });
});

flow(
  'Where every client must push its requests (REQUIRE_PAR)',
  (gatehouse) => {
    test('one that comes by the browser is refused, and a pushed one is taken', async () => {
      const { app, rp } = await webApp(gatehouse());
      const { url } = await rp.begin();
      const answer = await fetch(url, { redirect: 'manual' });
      expect(errorAt(answer.headers.get('location')!)).toBe('invalid_request');
      const form = Object.fromEntries(new URL(url).searchParams);
      const { status, body } = await postForm(`${gatehouse().issuer}/request`, form, basic(app));
      expect(status).toBe(201);
      const query = new URLSearchParams({ client_id: app.id, request_uri: String(body['request_uri']) });
      const taken = await fetch(`${gatehouse().issuer}/auth?${query}`, { redirect: 'manual' });
      expect(taken.headers.get('location')).toContain('/interaction/');
    });
  },
  { env: { REQUIRE_PAR: 'yes' } },
);

flow('A client that must push its requests', (gatehouse) => {
  test('is refused where it does not, and others are not', async () => {
    const metadata = { require_pushed_authorization_requests: true };
    for (const [settings, outcome] of [
      [{ metadata }, /[?&]error=invalid_request&/u],
      [{}, /\/interaction\//u],
    ] as const) {
      const { rp } = await webApp(gatehouse(), settings);
      const answer = await fetch((await rp.begin()).url, { redirect: 'manual' });
      expect(answer.headers.get('location')).toMatch(outcome);
    }
  });
});
