import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { basic, postForm } from '../support/flow.js';
import { REDIRECT_URI, relyingParty, signIn } from '../support/relying-party.js';
import {
  createInstallation,
  until,
  WEAK_HASHING,
  type Installation,
  type ServerProcess,
} from './server-process.js';

const MASTER_KEY = 'c4d1ab1e'.repeat(8);
const PASSWORD = 'wren-canary in a coal mine';

let installation: Installation;
let issuer: string;
beforeEach(async () => {
  installation = await createInstallation({ ...WEAK_HASHING, LOG_LEVEL: 'trace', MASTER_KEY });
  issuer = `http://localhost:${installation.port}/oidc`;
});
afterEach(() => installation.remove());

/** Sends bytes as they are; resolves to the answer when the server has closed the connection. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(installation.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer;
}

describe('No line of the log holds a secret, at the lowest level', () => {
  test('of a first start, a sign-in, tokens, their use and their end', async () => {
    const server = await installation.start();
    const secrets: Record<string, string> = { 'master key': MASTER_KEY, password: PASSWORD };

    await until(() => server.stderr().includes('/first-administrator/'));
    const link = /http\S+\/first-administrator\/\S+/u.exec(server.stderr())![0];
    secrets['link'] = link.split('/').at(-1)!;
    const browser = createBrowser();
    const form = await browser.open(link);
    const login = 'anna@example.com';
    await browser.submit(form, new URL(link).pathname, { login, name: 'Anna', password: PASSWORD });
    // Spelled like this it leads there as well.
    await browser.open(link.replace('first-administrator', 'First-Administrator'));

    const add = ['clients', 'add', '--kind', 'web', '--name', 'App', '--redirect-uri', REDIRECT_URI];
    const added = await installation.command(add);
    const app = { id: added['client_id'] as string, secret: added['client_secret'] as string };
    secrets['client secret'] = app.secret;

    const rp = await relyingParty(issuer, app);
    const { url, checks } = await rp.begin({ scope: 'openid email offline_access', prompt: 'consent' });
    const page = await browser.open(url);
    const misspelled = 'wren-canary misspelled';
    secrets['wrong password'] = misspelled;
    await browser.submit(page, '/sign-in', { login, password: misspelled });
    const callback = await signIn(browser, page, { login, password: PASSWORD });
    secrets['code'] = new URL(callback.url).searchParams.get('code')!;
    const tokens = await rp.finish(callback.url, checks);
    Object.assign(secrets, {
      'code verifier': checks.pkceCodeVerifier!,
      'access token': tokens.access_token,
      'ID token': tokens.id_token!.split('.')[2]!,
      'first refresh token': tokens.refresh_token!,
    });
    for (const { name, value } of browser.cookies()) secrets[`cookie ${name}`] = value;

    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! };
    const refreshed = await postForm(`${issuer}/token`, refresh, basic(app));
    secrets['second refresh token'] = refreshed.body['refresh_token'] as string;
    await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    await postForm(`${issuer}/token/introspection`, { token: tokens.access_token }, basic(app));
    // What is refused is told to the log in more words.
    await postForm(`${issuer}/token`, refresh, basic(app));
    await postForm(`${issuer}/token`, refresh, basic({ id: app.id, secret: 'wren-canary-secret' }));
    await fetch(`${issuer}/me`, { headers: { authorization: 'Bearer wren-canary-token' } });
    await fetch(`${issuer}/session/end?id_token_hint=wren-canary-hint`);
    const hint = new URLSearchParams({ id_token_hint: tokens.id_token! });
    await browser.open(`${issuer}/session/end?${hint}`);

    const { stdout } = await server.end();
    expect(stdout.split('\n').length).toBeGreaterThan(20);
    const told = Object.entries(secrets).filter(([, secret]) => stdout.includes(secret));
    expect(told.map(([name]) => name)).toEqual([]);
    expect(stdout).not.toContain('wren-canary');
  });

  test('of requests that nobody can read', async () => {
    const server = await installation.start();
    const host = `Host: localhost:${installation.port}`;
    const answers = await Promise.all(
      [
        `GET /oidc/auth?code=wren-canary&x=%zz HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`,
        `GET /oidc/auth?code=wren-canary HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n`,
        `GET /oidc/auth?code=wren-canary wren-canary HTTP/1.1\r\n${host}\r\n\r\n`,
        `wren-canary\r\n\r\n`,
        `GET / HTTP/1.1\r\n${host}\r\nCookie: wren-canary=${'x'.repeat(20_000)}\r\n\r\n`,
        `POST /oidc/token HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 26\r\n\r\n{"password":"wren-canary"}`,
        `POST /oidc/token HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\nwren-canary\r\n`,
      ].map(sendRaw),
    );
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /u);
    const { code, stdout, stderr } = await server.end();
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('wren-canary');
  });
});

describe('What a stranger sends can not pass for a line of the log', () => {
  const FORGED = '\r\n{"level":"fatal","msg":"forged"}\u001b[2K\u0085\u2028forged';

  async function sendForgeries(): Promise<void> {
    const forged = encodeURIComponent(FORGED);
    await fetch(`${issuer}/${forged}`);
    await fetch(`${issuer}/auth?client_id=${forged}&scope=${forged}&redirect_uri=${forged}`);
    await fetch(`${issuer}/auth?client_id=app`, { headers: { 'user-agent': '\u0085\u009b2K forged' } });
    await postForm(`${issuer}/token`, { grant_type: FORGED, client_id: FORGED, client_secret: FORGED });
    await postForm(`${issuer}/token/introspection`, { token: FORGED }, basic({ id: FORGED, secret: FORGED }));
    await fetch(`${issuer}/me`, { headers: { authorization: 'Bearer \u009bforged' } });
  }

  test('in JSON each line is one object of ours', async () => {
    const server = await installation.start();
    await sendForgeries();
    await server.end();
    const lines = server.log();
    expect(lines.map(({ msg }) => msg)).not.toContain('forged');
    expect(lines.every(({ level, time }) => typeof level === 'string' && typeof time === 'string')).toBe(
      true,
    );
    expect(server.stdout()).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test('for people each line begins with the time and a level, and moves no cursor', async () => {
    const server = await startPretty();
    await sendForgeries();
    const { stdout } = await server.end();
    expect(stdout).toContain('forged');
    for (const line of stdout.trimEnd().split('\n')) {
      expect(line).toMatch(/^(?:\d\d:\d\d:\d\d (?:trace|debug|info|warn|error|fatal) | {9})/u);
    }
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stdout).not.toMatch(/^.{0,20}forged/mu);
  });

  async function startPretty(): Promise<ServerProcess> {
    const server = installation.launch({ LOG_FORMAT: 'pretty' });
    await until(() => server.stdout().includes('Gatehouse is ready'));
    return server;
  }
});

test('the reference on an error page finds the lines about it in the log', async () => {
  const server = await installation.start();
  const browser = createBrowser();
  const page = await browser.open(`${issuer}/auth?client_id=nobody`);
  const missing = await browser.open(`${issuer}/nowhere`);
  for (const { html, headers } of [page, missing]) {
    const reference = /class="reference">([^<]+)</u.exec(html)![1]!;
    expect(headers.get('x-request-id')).toBe(reference);
    await until(() => server.log().some(({ request, msg }) => request === reference && msg === 'request'));
    const about = server.log().filter(({ request }) => request === reference);
    expect(about.length).toBeGreaterThanOrEqual(2);
  }
  const why = server.log().filter(({ msg }) => msg === 'refused' || msg === 'request refused');
  expect(why).toMatchObject([{ error: 'invalid_client', client_id: 'nobody' }, { error: 'not_found' }]);
});
