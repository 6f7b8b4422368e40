import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { createBrowser } from '../support/browser.js';
import { describeOnEachStore, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { basic, inParallel, postForm } from '../support/flow.js';
import { freePort } from '../support/free-port.js';
import { startLoadBalancer, type LoadBalancer } from '../support/load-balancer.js';
import { REDIRECT_URI, relyingParty, signIn, type RelyingParty } from '../support/relying-party.js';
import { createInstallation, WEAK_HASHING, type Installation, type ServerProcess } from './server-process.js';

// A look every five seconds, a lead of ten; a busy machine takes longer.
const LONGEST_LOOK_MS = 10_000;
const LONGEST_LEAD_MS = 20_000;

type User = { login: string; password: string };

describeOnEachStore('Two processes on one store are one Gatehouse', (createDatabase) => {
  let database: TestDatabase;
  let installation: Installation;
  let balancer: LoadBalancer;
  let ports: [number, number];
  let processes: ServerProcess[];
  let issuer: string;

  beforeAll(async () => {
    database = await createDatabase();
    balancer = await startLoadBalancer();
    issuer = `http://localhost:${balancer.port}/oidc`;
    installation = await createInstallation({ ...WEAK_HASHING, ISSUER: issuer, STORE_URL: database.url });
    ports = [installation.port, await freePort()];
    // At once, on an empty store: migrations, keys and the master key are made by one of them for both.
    processes = await Promise.all(ports.map((port) => installation.start({ PORT: String(port) })));
    balancer.sendTo(...ports);
  });
  afterAll(async () => {
    await installation.remove();
    await balancer.close();
    await database.drop();
  });

  async function addUser(email: string): Promise<User> {
    const { password } = await installation.command(['users', 'add', '--email', email]);
    return { login: email, password: password as string };
  }

  async function addApp(...options: string[]) {
    const add = ['clients', 'add', '--kind', 'web', '--name', 'App', '--redirect-uri', REDIRECT_URI];
    const added = await installation.command([...add, '--first-party', ...options]);
    const app = { id: added['client_id'] as string, secret: added['client_secret'] as string };
    return { app, rp: await relyingParty(issuer, app) };
  }

  /** The whole way, with a browser of its own. */
  async function obtainTokens(rp: RelyingParty, user: User, parameters: Record<string, string> = {}) {
    const browser = createBrowser();
    const { url, checks } = await rp.begin(parameters);
    const callback = await signIn(browser, await browser.open(url), user);
    return Object.assign(await rp.finish(callback.url, checks), { browser });
  }

  const introspect = async (app: { id: string; secret: string }, token: string) =>
    (await postForm(`${issuer}/token/introspection`, { token }, basic(app))).body['active'];

  test('they sign with the same keys', async () => {
    const keySets = await Promise.all(
      ports.map(async (port) => {
        balancer.sendTo(port);
        return (await fetch(`${issuer}/jwks`)).json();
      }),
    );
    balancer.sendTo(...ports);
    expect(keySets[0]).toEqual(keySets[1]);
  });

  test('within seconds they publish the key that a command made, and then sign with it', async () => {
    const { rp } = await addApp();
    const user = await addUser('fanny@example.com');
    const rotated: unknown = await installation.command(['keys', 'rotate', '--alg', 'RS256', '--now']);
    const [{ kid }] = rotated as [{ kid: string }];
    await eventually(async () => {
      const keySets = await inParallel(2, async () => (await fetch(`${issuer}/jwks`)).text());
      return keySets.every((keySet) => keySet.includes(kid));
    }, LONGEST_LOOK_MS);
    const { browser } = await obtainTokens(rp, user);
    let signer: string | undefined;
    await eventually(async () => {
      const { url, checks } = await rp.begin();
      const callback = await browser.open(url, { stopAt: REDIRECT_URI });
      const tokens = await rp.finish(callback.url, checks);
      signer = decodeProtectedHeader(tokens.id_token!).kid;
      return signer === kid;
    }, LONGEST_LEAD_MS);
    expect(signer).toBe(kid);
  });

  test('a sign-in of which every second step is taken at the other one succeeds', async () => {
    const { app, rp } = await addApp();
    const user = await addUser('anna@example.com');
    const tokens = await obtainTokens(rp, user);
    expect(tokens.claims()).toMatchObject({ iss: issuer, amr: ['pwd'] });
    expect(await introspect(app, tokens.access_token)).toBe(true);
    for (const { log } of processes) {
      expect(log().filter(({ msg, path }) => msg === 'request' && path !== '/oidc/jwks')).not.toEqual([]);
    }
  });

  test('who is signed in at one is signed in at the other; who signs out there, is out here', async () => {
    const { rp } = await addApp();
    const user = await addUser('berta@example.com');
    const browser = createBrowser();
    const silently = async () => {
      const page = await browser.open((await rp.begin({ prompt: 'none' })).url, { stopAt: REDIRECT_URI });
      return new URL(page.url).searchParams.get('error');
    };
    balancer.sendTo(ports[0]);
    await signIn(browser, await browser.open((await rp.begin()).url), user);
    balancer.sendTo(ports[1]);
    expect(await silently()).toBeNull();
    const asked = await browser.open(`${issuer}/session/end`);
    await browser.submit(asked, '/session/end/confirm', { logout: 'yes' });
    balancer.sendTo(ports[0]);
    expect(await silently()).toBe('login_required');
    balancer.sendTo(...ports);
  });

  test('what is revoked at one is refused at the other', async () => {
    const { app, rp } = await addApp();
    const user = await addUser('carla@example.com');
    balancer.sendTo(ports[0]);
    const tokens = await obtainTokens(rp, user, { scope: 'openid offline_access', prompt: 'consent' });
    balancer.sendTo(ports[1]);
    expect(await introspect(app, tokens.access_token)).toBe(true);

    balancer.sendTo(ports[0]);
    const token = tokens.refresh_token!;
    expect((await postForm(`${issuer}/token/revocation`, { token }, basic(app))).status).toBe(200);
    balancer.sendTo(ports[1]);
    const refresh = { grant_type: 'refresh_token', refresh_token: token };
    expect(await postForm(`${issuer}/token`, refresh, basic(app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await introspect(app, tokens.access_token)).toBe(false);
    balancer.sendTo(...ports);
  });

  test('a code that is redeemed at both at once is redeemed once', async () => {
    const { app, rp } = await addApp();
    const user = await addUser('dora@example.com');
    const browser = createBrowser();
    const { url, checks } = await rp.begin();
    const callback = await signIn(browser, await browser.open(url), user);
    const redeem = {
      grant_type: 'authorization_code',
      code: new URL(callback.url).searchParams.get('code')!,
      redirect_uri: REDIRECT_URI,
      code_verifier: checks.pkceCodeVerifier!,
    };
    const answers = await inParallel(20, () => postForm(`${issuer}/token`, redeem, basic(app)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(400)]);
  });

  test('what the command line changes is known to both at once', async () => {
    const { app, rp } = await addApp('--id', 'made-by-command');
    const user = await addUser('emma@example.com');
    const { access_token: token, browser } = await obtainTokens(rp, user);

    await installation.command(['users', 'disable', user.login]);
    for (const port of ports) {
      balancer.sendTo(port);
      expect(await introspect(app, token)).toBe(false);
      const again = await browser.open((await rp.begin({ prompt: 'none' })).url, { stopAt: REDIRECT_URI });
      expect(new URL(again.url).searchParams.get('error')).toBe('login_required');
    }

    await installation.command(['clients', 'remove', app.id, '--yes']);
    for (const port of ports) {
      balancer.sendTo(port);
      const refused = await postForm(`${issuer}/token/introspection`, { token }, basic(app));
      expect(refused.body).toMatchObject({ error: 'invalid_client' });
    }
    balancer.sendTo(...ports);
  });
});
