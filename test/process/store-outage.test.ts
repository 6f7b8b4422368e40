/** The store goes away under a running server: nobody waits for long, nothing is lost, and it is back by itself. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { loadDriver, type Connection } from '../../adapters/sqlite/driver.js';
import { createBrowser, formFields, type Browser, type Page } from '../support/browser.js';
import { mongoDatabase, sqliteDatabase, type TestDatabase } from '../support/databases.js';
import { basic } from '../support/flow.js';
import { obtainTokens, REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';
import { PASSWORD, startGatehouse, type Instance } from '../support/start.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

const mongoUrl = process.env['TEST_MONGODB_URL'];
const describeWithMongo = mongoUrl === undefined ? describe.skip : describe;
const API = 'https://api.example/things';
const LIMIT_MS = 3000;

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  ms: number;
}

type Request = () => Promise<Answer>;

async function send(browser: Browser | undefined, url: string, init: RequestInit = {}): Promise<Answer> {
  const start = performance.now();
  const page = browser ? await browser.request(url, init) : undefined;
  const response = page ?? (await fetch(url, { redirect: 'manual', ...init }));
  const text = page ? page.html : await (response as Response).text();
  return { status: response.status, headers: response.headers, text, ms: performance.now() - start };
}

/** What people and apps have in their hands when the store goes away. */
async function prepare(instance: Instance) {
  const { issuer } = instance;
  const user = await instance.addUser();
  const { app, rp } = await webApp(instance, { firstParty: true });
  await instance.gatehouse.services.extend(API, { name: 'Things', scopes: [], tokenFormat: 'opaque' });
  const service = await instance.addClient({ kind: 'service', resources: [API] });
  const tokens = await obtainTokens(rp, user, { scope: 'openid email offline_access', prompt: 'consent' });

  const { url, checks } = await rp.begin();
  const callback = await tokens.browser.open(url, { stopAt: REDIRECT_URI });
  const newcomer = createBrowser();
  const signInPage = await newcomer.open((await rp.begin()).url);

  const post = (path: string, form: Record<string, string>, by = app): Request => {
    const headers = { accept: 'application/json', ...basic(by) };
    return () => send(undefined, issuer + path, { method: 'POST', body: new URLSearchParams(form), headers });
  };
  const form = formFields(signInPage.html, '/sign-in');
  const requests: Record<string, Request> = {
    'GET /auth of a new browser': () => send(createBrowser(), url),
    'GET /auth with a session': () => send(tokens.browser, url),
    'GET the sign-in page': () => send(newcomer, signInPage.url),
    'POST the sign-in page': () =>
      send(newcomer, new URL(form.action, issuer).href, {
        method: 'POST',
        body: new URLSearchParams({ ...form.fields, login: user.login, password: PASSWORD }),
        headers: { 'sec-fetch-site': 'same-origin' },
      }),
    'POST /token with a code': post('/token', {
      grant_type: 'authorization_code',
      code: new URL(callback.url).searchParams.get('code')!,
      redirect_uri: REDIRECT_URI,
      code_verifier: checks.pkceCodeVerifier!,
    }),
    'POST /token with a refresh token': post('/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token!,
    }),
    'POST /token for a service': post('/token', { grant_type: 'client_credentials', resource: API }, service),
    'POST /token/introspection': post('/token/introspection', { token: tokens.access_token }),
    'POST /token/revocation': post('/token/revocation', { token: 'of-nobody' }),
    'GET /me': () =>
      send(undefined, `${issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } }),
    'GET /session/end': () => send(tokens.browser, `${issuer}/session/end`),
    'GET the page for the first administrator': () =>
      send(undefined, `${issuer}/first-administrator/of-nobody`, { headers: { accept: 'text/html' } }),
    'GET /readyz': () => send(undefined, new URL('/readyz', issuer).href),
  };
  return { user, rp, tokens, newcomer, signInPage, requests };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

function expectUnavailable(name: string, { status, headers, text, ms }: Answer): void {
  expect({ name, status, retryAfter: headers.get('retry-after'), late: Math.max(0, ms - LIMIT_MS) }).toEqual({
    name,
    status: 503,
    retryAfter: '2',
    late: 0,
  });
  const isPage = headers.get('content-type')?.startsWith('text/html') === true;
  const words = isPage ? 'data-error' : '"error":"(?:store|temporarily)_unavailable"|"status":"unavailable"';
  expect(text).toMatch(new RegExp(words, 'u'));
}

/** All that was in somebody's hands before is worth as much as then. */
async function expectNothingLost({ user, newcomer, signInPage, requests }: Prepared): Promise<void> {
  const statusOf = async (name: string) => (await requests[name]!()).status;
  expect(await statusOf('GET /me')).toBe(200);
  expect(await statusOf('POST /token with a code')).toBe(200);
  expect(await statusOf('POST /token with a refresh token')).toBe(200);
  expect(await statusOf('POST /token for a service')).toBe(200);
  expect(await statusOf('POST /token/introspection')).toBe(200);
  const callback: Page = await signIn(newcomer, signInPage, user);
  expect(callback.url).toContain('code=');
}

describeWithMongo('MongoDB goes away under a running server [set TEST_MONGODB_URL]', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let instance: Instance;
  beforeAll(async () => {
    database = await mongoDatabase(mongoUrl!);
    const url = new URL(database.url);
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 27017) });
    url.host = `127.0.0.1:${proxy.port}`;
    url.searchParams.set('directConnection', 'true');
    instance = await startGatehouse({ url: url.href });
  });
  afterEach(() => proxy.resume());
  afterAll(async () => {
    await instance.stop();
    await proxy.close();
    await database.drop();
  });

  const outages: [string, () => Promise<void>][] = [
    ['refuses connections', () => proxy.refuse()],
    ['does not answer any more', async () => proxy.freeze()],
  ];

  test.each(outages)(
    'it %s: every route answers 503 within 3 seconds, and afterwards as before',
    async (_, takeAway) => {
      const prepared = await prepare(instance);
      await takeAway();
      // Twice: at first the driver still trusts its connections, later it knows that they are gone.
      for (let round = 0; round < 2; round += 1) {
        const names = Object.keys(prepared.requests);
        const answers = await Promise.all(names.map((name) => prepared.requests[name]!()));
        answers.forEach((answer, index) => expectUnavailable(names[index]!, answer));
      }
      const health = await send(undefined, new URL('/healthz', instance.issuer).href);
      expect(health.status).toBe(200);
      await proxy.resume();
      await expectNothingLost(prepared);
    },
    60_000,
  );

  test('what does not need the store is answered all the while', async () => {
    await proxy.refuse();
    for (const path of ['/.well-known/openid-configuration', '/jwks']) {
      expect((await send(undefined, instance.issuer + path)).status).toBe(200);
    }
    await proxy.resume();
  });
});

describe('Another process keeps the SQLite file locked for longer than anybody should wait', () => {
  let database: TestDatabase;
  let other: Connection;
  let instance: Instance;
  beforeAll(async () => {
    database = await sqliteDatabase();
    instance = await startGatehouse(database);
    other = new (await loadDriver())(database.url.slice('sqlite:'.length));
  });
  afterAll(async () => {
    other.close();
    await instance.stop();
    await database.drop();
  });

  const WRITING = [
    'GET /auth of a new browser',
    'GET /auth with a session',
    'POST the sign-in page',
    'POST /token with a code',
    'POST /token with a refresh token',
    'POST /token for a service',
  ];

  test('what writes gets 503 within 3 seconds, what reads its answer, and afterwards all is as before', async () => {
    const prepared = await prepare(instance);
    other.exec('BEGIN IMMEDIATE');
    const answers = await Promise.all(WRITING.map((name) => prepared.requests[name]!()));
    answers.forEach((answer, index) => expectUnavailable(WRITING[index]!, answer));
    for (const name of ['GET /me', 'POST /token/introspection', 'GET the sign-in page', 'GET /readyz']) {
      expect((await prepared.requests[name]!()).status).toBe(200);
    }
    other.exec('COMMIT');
    await expectNothingLost(prepared);
  }, 30_000);
});
