import { expect, test } from '@jest/globals';
import { runProgram } from '../../src/cli/program.js';
import { createBrowser } from '../support/browser.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { APP_URI, consentPage, manage, register } from '../support/registration.js';
import { relyingParty, signIn } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const API = 'https://api.example.com/orders';
const OTHER_API = 'https://api.example.com/billing';
const DAY = 24 * 3600;

async function addServices({ gatehouse }: Instance) {
  for (const resource of [API, OTHER_API]) {
    const scopes = [{ name: 'orders:read', description: 'See your orders' }];
    await gatehouse.services.add(resource, { name: 'Orders', scopes });
  }
}

/** Registers an app, and signs somebody in to it. */
async function registeredApp(instance: Instance, metadata: object = {}) {
  const { body } = await register(instance, metadata);
  const app = { id: body.client_id, secret: body.client_secret };
  const rp = await relyingParty(instance.issuer, app, { redirectUri: APP_URI });
  const user = await instance.addUser();
  async function signInOnce(parameters: Record<string, string> = {}) {
    const { url, checks } = await rp.begin(parameters);
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(url, { stopAt: APP_URI }), user, APP_URI);
    const { resource } = parameters;
    return rp.finish(callback.url, checks, resource === undefined ? {} : { resource });
  }
  return { body, app, rp, signInOnce };
}

/** What `gatehouse …` prints, with the store of this instance. */
async function commandLine({ gatehouse }: Instance, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  const nobody = () => Promise.reject(new Error('nobody answers'));
  const terminal = {
    width: 120,
    isInteractive: false,
    print: (text: string) => void printed.push(text),
    warn: (text: string) => void printed.push(text),
    confirm: nobody,
    askPassword: nobody,
    readStandardInput: nobody,
  };
  const code = await runProgram(args, terminal, async () => ({ ...gatehouse, close: async () => {} }));
  expect({ code, printed }).toMatchObject({ code: 0 });
  return printed.join('\n');
}

flow(
  'A client that registered itself',
  (gatehouse) => {
    test('gets nothing that is the operator’s to give, however it asks', async () => {
      const { status, body } = await register(gatehouse(), {
        client_id: 'admin',
        client_secret: 'chosen',
        kind: 'api',
        first_party: true,
        firstParty: true,
        introspect_all: true,
        resources: [API],
        default_resource: API,
        profile: 'fapi2',
        require_pkce: false,
        refresh_token_without_offline_access: true,
        auth_method_pinned: false,
        registration: { tokenHash: 'x' },
        keptUntil: 9e15,
        __proto__: { first_party: true },
        constructor: { first_party: true },
      });
      expect(status).toBe(201);
      expect(body.client_id).not.toBe('admin');
      expect(body.client_secret).not.toBe('chosen');
      const stored = await gatehouse().gatehouse.clients.find(body.client_id);
      expect(stored?.kind).toBe('web');
      expect(stored?.metadata).toEqual({
        application_type: 'web',
        auth_method_pinned: false,
        client_name: 'app.example.com',
        grant_types: ['authorization_code'],
        redirect_uris: [APP_URI],
        require_pkce: true,
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      });
      const changed = {
        client_id: body.client_id,
        redirect_uris: [APP_URI],
        first_party: true,
        resources: [API],
      };
      await manage(body).update(changed);
      expect((await gatehouse().gatehouse.clients.find(body.client_id))?.metadata).toEqual(stored?.metadata);
    });

    test('must use PKCE, has its consent page, and introspects its own tokens alone', async () => {
      const { app, signInOnce } = await registeredApp(gatehouse());
      const query = { client_id: app.id, redirect_uri: APP_URI, response_type: 'code', scope: 'openid' };
      const page = await createBrowser().open(
        `${gatehouse().issuer}/auth?${String(new URLSearchParams(query))}`,
        { stopAt: APP_URI },
      );
      expect(page.url).toContain('error=invalid_request');
      const own = await signInOnce();
      const { signInOnce: signInElsewhere } = await registeredApp(gatehouse());
      const foreign = await signInElsewhere();
      const introspect = (token: string) =>
        postForm(`${gatehouse().issuer}/token/introspection`, { token }, basic(app));
      expect((await introspect(own.access_token)).body).toMatchObject({ active: true });
      expect((await introspect(foreign.access_token)).body).toEqual({ active: false });
    });

    test('is held to the way of authentication that it registered', async () => {
      const { app } = await registeredApp(gatehouse(), { token_endpoint_auth_method: 'client_secret_post' });
      const form = { grant_type: 'authorization_code', code: 'x', redirect_uri: APP_URI };
      const url = `${gatehouse().issuer}/token`;
      expect((await postForm(url, form, basic(app))).body).toMatchObject({ error: 'invalid_client' });
      const posted = { ...form, client_id: app.id, client_secret: app.secret };
      expect((await postForm(url, posted)).body).toMatchObject({ error: 'invalid_grant' });
    });

    test.each([
      ['a single-page app', { token_endpoint_auth_method: 'none' }, 'spa'],
      [
        'a native app',
        { application_type: 'native', redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'] },
        'native',
      ],
      [
        'a device',
        {
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
          redirect_uris: undefined,
          response_types: [],
          token_endpoint_auth_method: 'none',
        },
        'device',
      ],
      [
        'an app with keys of its own',
        { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: `${APP_URI}/jwks` },
        'web',
      ],
    ])('can be %s', async (_what, metadata, kind) => {
      const { status, body } = await register(gatehouse(), metadata);
      expect(status).toBe(201);
      expect((await gatehouse().gatehouse.clients.find(body.client_id))?.kind).toBe(kind);
    });

    test('has no name of a host that it only writes behind a scheme of its own', async () => {
      const native = { application_type: 'native', redirect_uris: ['com.evil.app://bank.example/cb'] };
      const { body } = await register(gatehouse(), native);
      expect(body.client_name).toBe(body.client_id);
    });

    test('people are told on its consent page that nobody has checked it', async () => {
      const { body } = await register(gatehouse(), { client_name: 'Bank' });
      const consent = await consentPage(gatehouse(), { id: body.client_id, secret: body.client_secret });
      expect(consent).toContain('registered itself');
      expect(consent).toContain('has checked this app');
    });

    test('a client of the operator has no such word on its page', async () => {
      const app = await gatehouse().addClient({ kind: 'web', redirectUris: [APP_URI] });
      expect(await consentPage(gatehouse(), app)).not.toContain('registered itself');
    });

    test('is told what was made of what it said', async () => {
      const { body } = await register(gatehouse(), {
        scope: 'openid email orders:read',
        response_types: ['code', 'code'],
        grant_types: ['refresh_token'],
      });
      expect(body).toMatchObject({
        scope: 'openid email',
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
      });
    });

    test('is listed, shown and removed from the command line', async () => {
      const { body } = await registeredApp(gatehouse(), { client_name: 'Acme Listed' });
      const added = await gatehouse().addClient({ kind: 'web', redirectUris: [APP_URI] });
      const listed = JSON.parse(await commandLine(gatehouse(), 'clients', 'list', '--registered', '--json'));
      const ids = listed.map(({ client_id }: { client_id: string }) => client_id);
      expect(ids).toContain(body.client_id);
      expect(ids).not.toContain(added.id);
      expect(listed[ids.indexOf(body.client_id)]).toMatchObject({
        registered_itself: true,
        kept_until: expect.stringMatching(/Z$/u),
      });
      const table = await commandLine(gatehouse(), 'clients', 'list');
      expect(table).toMatch(/^CLIENT ID +KIND +ADDED BY +NAME/u);
      expect(table).toMatch(new RegExp(`${body.client_id} +web +itself`, 'u'));
      expect(table).toMatch(new RegExp(`${added.id} +web +operator`, 'u'));
      const shown = await commandLine(gatehouse(), 'clients', 'show', body.client_id);
      expect(shown).toMatch(/Registered +by itself\n/u);
      expect(shown).toMatch(/Kept until +20\d\d-.*, unless it is used/u);
      expect(JSON.stringify([listed, shown])).not.toContain('tokenHash');
      await commandLine(gatehouse(), 'clients', 'remove', body.client_id, '--yes');
      expect(await manage(body).read()).toMatchObject({ status: 401 });
    });

    test('asks tokens for the services that the operator opened to all of them, and for no other', async () => {
      await addServices(gatehouse());
      const { signInOnce, rp } = await registeredApp(gatehouse());
      const { access_token } = await signInOnce({ resource: API, scope: 'openid orders:read' });
      expect(access_token.split('.')).toHaveLength(3);
      const refused = await createBrowser().open((await rp.begin({ resource: OTHER_API })).url, {
        stopAt: APP_URI,
      });
      expect(refused.url).toContain('error=invalid_target');
    });
  },
  { env: { REGISTRATION: 'open', REGISTRATION_PER_ADDRESS: '1000', REGISTRATION_RESOURCES: API } },
);

flow(
  'A registered client that nobody uses',
  (gatehouse) => {
    const { pass } = stopTheClock();
    const removeLapsed = () => gatehouse().gatehouse.registeredClients.removeLapsed(1000);

    test('is gone at its time, and the sweep removes it', async () => {
      const { body, rp } = await registeredApp(gatehouse());
      const added = await gatehouse().addClient({ kind: 'web', redirectUris: [APP_URI] });
      pass(7 * DAY - 1);
      expect(await manage(body).read()).toMatchObject({ status: 200 });
      pass(1);
      expect(await manage(body).read()).toMatchObject({ status: 401 });
      const page = await createBrowser().open((await rp.begin()).url);
      expect(page.html).toContain('<code>invalid_client</code>');
      const { clients } = gatehouse().gatehouse;
      expect(await clients.find(body.client_id)).toBeDefined();
      expect(await removeLapsed()).toBeGreaterThan(0);
      expect(await clients.find(body.client_id)).toBeUndefined();
      expect(await clients.find(added.id)).toBeDefined();
      expect(await removeLapsed()).toBe(0);
    });

    test('stays with each token that it gets, for as long as its refresh tokens live', async () => {
      const { body, signInOnce } = await registeredApp(gatehouse());
      pass(6 * DAY);
      await signInOnce();
      pass(30 * DAY);
      expect(await manage(body).read()).toMatchObject({ status: 200 });
      await signInOnce();
      pass(30 * DAY);
      await removeLapsed();
      expect(await manage(body).read()).toMatchObject({ status: 200 });
      pass(2 * DAY);
      expect(await manage(body).read()).toMatchObject({ status: 401 });
    });

    test('its use is written once a day, and that of clients of the operator never', async () => {
      const { body, signInOnce } = await registeredApp(gatehouse());
      const version = async (id: string) => (await gatehouse().gatehouse.clients.find(id))?.version;
      await signInOnce();
      await signInOnce();
      expect(await version(body.client_id)).toBe(2);
      pass(DAY);
      await signInOnce();
      await signInOnce();
      expect(await version(body.client_id)).toBe(3);
      const { id, secret } = await gatehouse().addClient({ kind: 'service' });
      await postForm(
        `${gatehouse().issuer}/token`,
        { grant_type: 'client_credentials' },
        basic({ id, secret }),
      );
      expect(await version(id)).toBe(1);
    });
  },
  {
    env: { REGISTRATION: 'open', REGISTRATION_PER_ADDRESS: '1000', REGISTRATION_UNUSED_LIFETIME: '7d' },
    clock: wallClock,
  },
);

flow(
  'Many registered clients',
  (gatehouse) => {
    test('2,000 of them leave sign-in as it was, and are listed page by page', async () => {
      const { registeredClients, clients } = gatehouse().gatehouse;
      const admit = async () => {};
      for (let batch = 0; batch < 20; batch += 1)
        await inParallel(100, (index) =>
          registeredClients.register({ client_name: `App ${index}`, redirect_uris: [APP_URI] }, { admit }),
        );
      const { signInOnce } = await registeredApp(gatehouse());
      expect(await signInOnce()).toMatchObject({ id_token: expect.any(String) });
      const seen = new Set<string>();
      let after: string | undefined;
      do {
        const page = await clients.list({ limit: 300, ...(after !== undefined && { after }) });
        page.clients.forEach(({ id }) => seen.add(id));
        after = page.next;
      } while (after !== undefined);
      expect(seen.size).toBe(2001);
    });
  },
  { env: { REGISTRATION: 'open' } },
);
