import { beforeAll, describe, expect, test } from '@jest/globals';
import { createBrowser, type Browser } from '../support/browser.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI, signIn } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

type App = { id: string; secret: string };

const request = {
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'openid',
  state: 'pushed',
};

const anApp = (gatehouse: Instance) =>
  gatehouse.addClient({
    kind: 'web',
    redirectUris: [REDIRECT_URI],
    requirePkce: false,
    firstParty: true,
  });

async function push(gatehouse: Instance, app: App): Promise<string> {
  const { status, body } = await postForm(
    `${gatehouse.issuer}/request`,
    { ...request, client_id: app.id },
    basic(app),
  );
  expect({ status, body }).toMatchObject({ status: 201, body: { expires_in: 60 } });
  return String(body['request_uri']);
}

const addressOf = (clientId: string, uri: string, more: Record<string, string> = {}) =>
  `/oidc/auth?${new URLSearchParams({ client_id: clientId, request_uri: uri, ...more }).toString()}`;

async function signedIn(gatehouse: Instance, app: App): Promise<Browser> {
  const browser = createBrowser();
  const address = new URL(addressOf(app.id, await push(gatehouse, app)), gatehouse.issuer).href;
  await signIn(browser, await browser.open(address), await gatehouse.addUser());
  return browser;
}

flow('A pushed authorization request (RFC 9126 4)', (gatehouse) => {
  let app: App;
  let browser: Browser;
  beforeAll(async () => {
    app = await anApp(gatehouse());
    browser = await signedIn(gatehouse(), app);
  });
  const open = (uri: string, more: Record<string, string> = {}) =>
    browser.open(new URL(addressOf(app.id, uri, more), gatehouse().issuer).href, { stopAt: REDIRECT_URI });

  test('is good for one code', async () => {
    const uri = await push(gatehouse(), app);
    expect(new URL((await open(uri)).url).searchParams.get('code')).toBeTruthy();
    const again = await rawRequest(gatehouse(), { target: addressOf(app.id, uri), headers: asBrowser });
    expect(again.headers['location']).toBeUndefined();
    expectRefusal(gatehouse(), again, { status: 400, form: 'page', error: 'invalid_request_uri' });
    await expectAlive(gatehouse());
  });

  test('gives exactly one code when it is used many times at once', async () => {
    const uri = await push(gatehouse(), app);
    const pages = await inParallel(8, () => open(uri));
    const codes = pages.filter(
      ({ url }) => url.startsWith(REDIRECT_URI) && new URL(url).searchParams.has('code'),
    );
    expect(codes).toHaveLength(1);
    expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
    await expectAlive(gatehouse());
  });

  test('of another client is refused', async () => {
    const other = await anApp(gatehouse());
    const target = addressOf(app.id, await push(gatehouse(), other));
    const answer = await rawRequest(gatehouse(), { target, headers: asBrowser });
    expect(answer.headers['location']).toBeUndefined();
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error: 'invalid_request_object' });
    await expectAlive(gatehouse());
  });

  test.each([
    ['that never was', 'urn:ietf:params:oauth:request_uri:unknown'],
    ['without a name', 'urn:ietf:params:oauth:request_uri:'],
    ['named __proto__', 'urn:ietf:params:oauth:request_uri:__proto__'],
  ])('%s is refused', async (_what, uri) => {
    const answer = await rawRequest(gatehouse(), { target: addressOf(app.id, uri), headers: asBrowser });
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error: 'invalid_request_uri' });
  });

  test.each<[what: string, more: Record<string, string>]>([
    ['another state', { state: 'outside' }],
    ['another scope', { scope: 'openid email offline_access' }],
    ['another redirect_uri', { redirect_uri: 'https://evil.example/' }],
    ['another response_mode', { response_mode: 'fragment' }],
    ['another prompt', { prompt: 'login' }],
  ])('is what counts beside %s in the address', async (_what, more) => {
    const { url } = await open(await push(gatehouse(), app), more);
    expect(url.startsWith(`${REDIRECT_URI}?`)).toBe(true);
    const { searchParams } = new URL(url);
    expect(Object.fromEntries(searchParams)).toEqual({
      code: expect.any(String),
      state: 'pushed',
      iss: gatehouse().issuer,
    });
    const form = { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI };
    const code = String(searchParams.get('code'));
    const { body } = await postForm(`${gatehouse().issuer}/token`, { ...form, code }, basic(app));
    expect(body['scope']).toBe('openid');
  });

  describe('is refused where it is pushed (RFC 9126 2.1, 2.3)', () => {
    const [name, secret] = ['client_id', 'client_secret'];
    test.each<[what: string, more: (app: App) => Record<string, string>, status: number, error: string]>([
      ['by a client that does not prove who it is', ({ id }) => ({ [name]: id }), 401, 'invalid_client'],
      ['by nobody', () => ({}), 400, 'invalid_request'],
      ['with another secret', ({ id }) => ({ [name]: id, [secret]: 'x' }), 401, 'invalid_client'],
      [
        'with a redirect_uri that is not registered',
        (own) => ({ [name]: own.id, [secret]: own.secret, redirect_uri: 'https://evil.example/' }),
        400,
        'invalid_request',
      ],
    ])('%s', async (_what, more, status, error) => {
      const body = new URLSearchParams({ ...request, ...more(app) }).toString();
      const answer = await rawRequest(gatehouse(), formPost('/oidc/request', body));
      expectRefusal(gatehouse(), answer, { status, form: 'json', error });
      await expectAlive(gatehouse());
    });

    test('with a request_uri inside', async () => {
      const form = { ...request, client_id: app.id, request_uri: 'urn:ietf:params:oauth:request_uri:x' };
      const answer = await postForm(`${gatehouse().issuer}/request`, form, basic(app));
      expect(answer).toMatchObject({ status: 400, body: { error: 'request_uri_not_supported' } });
      await expectAlive(gatehouse());
    });

    test('by GET', async () => {
      const target = `/oidc/request?${new URLSearchParams({ ...request, client_id: app.id }).toString()}`;
      const answer = await rawRequest(gatehouse(), { target, headers: basic(app) });
      expect(answer.headers['allow']).toBe('POST, OPTIONS');
      expectRefusal(gatehouse(), answer, { status: 405, form: 'json', error: 'invalid_request' });
    });
  });
});

flow(
  'The end of a pushed authorization request (RFC 9126 2.2)',
  (gatehouse) => {
    const clock = stopTheClock();

    test('comes after a minute', async () => {
      const app = await anApp(gatehouse());
      const uri = await push(gatehouse(), app);
      const target = addressOf(app.id, uri);
      expect(await rawRequest(gatehouse(), { target, headers: asBrowser })).toMatchObject({ status: 303 });
      clock.pass(120);
      const answer = await rawRequest(gatehouse(), { target, headers: asBrowser });
      expect(answer.headers['location']).toBeUndefined();
      expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error: 'invalid_request_uri' });
    });
  },
  { clock: wallClock },
);
