import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createBrowser } from '../support/browser.js';
import { sqliteDatabase, type TestDatabase } from '../support/databases.js';
import { basic, postForm } from '../support/flow.js';
import { freePort } from '../support/free-port.js';
import { signIn } from '../support/relying-party.js';
import { startGatehouse, type Instance } from '../support/start.js';

/** The programs of README.md, run as they are printed there. */
const [app = '', api = ''] = [
  ...readFileSync('README.md', 'utf8').matchAll(/<!-- run by [^>]*-->\s*```js\n([\s\S]*?)```/gu),
].map(([, code]) => code);

const ORDERS = 'https://api.example.com/orders';
const START_LIMIT_MS = 10_000;

let database: TestDatabase;
let gatehouse: Instance;
beforeAll(async () => {
  database = await sqliteDatabase();
  gatehouse = await startGatehouse(database);
});
afterAll(async () => {
  await gatehouse.stop();
  await database.drop();
});

const programs: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => (program.kill(), once(program, 'close'))));
});

/** Starts a program and resolves when something answers on its port. */
async function run(code: string, port: number, env: Record<string, string>): Promise<void> {
  const program = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  programs.push(program);
  let stderr = '';
  program.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  for (const end = Date.now() + START_LIMIT_MS; ; await new Promise((again) => setTimeout(again, 50))) {
    const answers = await fetch(`http://localhost:${port}/`, { redirect: 'manual' }).catch(() => undefined);
    if (answers) return;
    if (program.exitCode !== null || Date.now() > end)
      throw new Error(`the program did not start: ${stderr}`);
  }
}

describe('README.md: the web app', () => {
  let origin: string;

  async function start() {
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const redirectUri = `${origin}/callback`;
    const client = await gatehouse.addClient({ kind: 'web', redirectUris: [redirectUri] });
    await run(app, port, {
      OIDC_ISSUER: gatehouse.issuer,
      OIDC_CLIENT_ID: client.id,
      OIDC_CLIENT_SECRET: client.secret,
      OIDC_REDIRECT_URI: redirectUri,
    });
  }

  test('greets by name whoever signs in', async () => {
    await start();
    const user = await gatehouse.addUser({ email: 'anna@example.com', profile: { name: 'Anna Example' } });
    const browser = createBrowser();
    const home = await signIn(browser, await browser.open(`${origin}/`), user, 'http://never.example');
    expect(home.html).toBe('Hello Anna Example, your email is anna@example.com.');
  });

  test('takes no answer that another browser asked for', async () => {
    await start();
    const user = await gatehouse.addUser();
    const [theirs, victim] = [createBrowser(), createBrowser()];
    const page = await theirs.open(`${origin}/`);
    const callback = await signIn(theirs, page, user, `${origin}/callback`);
    expect((await victim.open(callback.url)).status).toBe(400);
    expect((await theirs.open(callback.url)).status).toBe(200);
  });
});

test('README.md: the API lets in a token for it with the scope, and nothing else', async () => {
  const port = await freePort();
  const service = { scopes: [{ name: 'orders:read', description: 'See your orders' }] };
  await gatehouse.addClient({ kind: 'api', service: { resource: ORDERS, ...service } });
  await gatehouse.addClient({ kind: 'api', service: { resource: `${ORDERS}/other`, ...service } });
  const nightly = await gatehouse.addClient({ kind: 'service', resources: [ORDERS, `${ORDERS}/other`] });
  await run(api, port, { OIDC_ISSUER: gatehouse.issuer, OIDC_AUDIENCE: ORDERS, PORT: String(port) });

  const tokenFor = async (form: Record<string, string>) => {
    const asked = { grant_type: 'client_credentials', ...form };
    const { body } = await postForm(`${gatehouse.issuer}/token`, asked, basic(nightly));
    return String(body['access_token']);
  };
  const call = (token?: string) =>
    fetch(`http://localhost:${port}/`, token ? { headers: { authorization: `Bearer ${token}` } } : {});

  const allowed = await call(await tokenFor({ resource: ORDERS, scope: 'orders:read' }));
  expect(await allowed.json()).toEqual({ orders: [], for: nightly.id });
  expect((await call(await tokenFor({ resource: ORDERS }))).status).toBe(403);
  expect((await call(await tokenFor({ resource: `${ORDERS}/other`, scope: 'orders:read' }))).status).toBe(
    401,
  );
  expect((await call(await tokenFor({}))).status).toBe(401);
  expect((await call()).status).toBe(401);
});
