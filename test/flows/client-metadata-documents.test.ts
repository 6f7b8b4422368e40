import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { serveDocuments, type DocumentServer } from '../support/document-server.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal } from '../support/refusals.js';
import { obtainTokens, REDIRECT_URI, relyingParty } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const MCP_SERVER = 'https://mcp.example.com/';
const ORDERS = 'https://orders.example.com/';

let documents: DocumentServer;
beforeAll(async () => {
  documents = await serveDocuments();
});
afterAll(() => documents.close());
beforeEach(() => void (documents.asked.length = 0));

let count = 0;
/** A client that describes itself: its id is the address of this document. */
function publish(changes: Record<string, unknown> = {}, headers: Record<string, string> = JSON_TYPE) {
  count += 1;
  const path = `/clients/${count}.json`;
  const id = `${documents.origin}${path}`;
  const change = (members: Record<string, unknown>, more: Record<string, string> = headers) => {
    const document = {
      client_id: id,
      client_name: 'Quill Assistant',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      ...members,
    };
    documents.serve(path, { body: JSON.stringify(document), headers: more });
  };
  change(changes);
  return { id, path, change };
}

const authorize = (clientId: string, changes: Record<string, string> = {}) =>
  `/oidc/auth?${new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    ...changes,
  })}`;

/** What the page says to somebody who was sent by a client that cannot be used. */
async function refusalOf(instance: Instance, target: string): Promise<string> {
  const answer = await rawRequest(instance, { target, headers: asBrowser });
  expect(answer.headers['location']).toBeUndefined();
  expectRefusal(instance, answer, { status: 400, form: 'page', error: 'invalid_client' });
  await expectAlive(instance);
  return answer.text.replaceAll('&#39;', "'");
}

const options = (more: Record<string, string> = {}) => ({
  clock: wallClock,
  // Read when a suite starts, and the server of the documents is there.
  get env() {
    return {
      CLIENT_METADATA_HOSTS: documents.host,
      CLIENT_METADATA_RESOURCES: MCP_SERVER,
      OUTBOUND_ALLOWED_HOSTS: documents.host,
      ACCESS_TOKEN_LIFETIME: '1d',
      ...more,
    };
  },
});

flow(
  'A client whose id is the address of a document that describes it (OAuth Client ID Metadata Document)',
  (gatehouse) => {
    const clock = stopTheClock();
    beforeAll(async () => {
      const scopes = [{ name: 'notes:read', description: 'Read your notes' }];
      await gatehouse().gatehouse.services.add(MCP_SERVER, { name: 'Notes', scopes, tokenFormat: 'jwt' });
      await gatehouse().gatehouse.services.add(ORDERS, { name: 'Orders' });
    });

    test('signs people in without ever having been added', async () => {
      const user = await gatehouse().addUser();
      const { id } = publish();
      const tokens = await obtainTokens(await relyingParty(gatehouse().issuer, { id }), user);
      expect(tokens.claims()).toMatchObject({ sub: user.id, aud: id });
      const userinfo = await fetch(`${gatehouse().issuer}/me`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(await userinfo.json()).toMatchObject({ sub: user.id });
    });

    test('is announced in the metadata of the server', async () => {
      const answer = await fetch(`${gatehouse().issuer}/.well-known/oauth-authorization-server`);
      expect(await answer.json()).toMatchObject({ client_id_metadata_document_supported: true });
    });

    test('people see where it comes from, that nobody has checked it, and no logo', async () => {
      const { id } = publish({ logo_uri: `${documents.origin}/logo.png`, client_name: 'Bank <b>' });
      const browser = createBrowser();
      const { url } = await (await relyingParty(gatehouse().issuer, { id })).begin();
      const page = await browser.open(url);
      expect(page.html).toContain(`(<strong><bdi>${documents.host}</bdi></strong>)`);
      const { login } = await gatehouse().addUser();
      const consent = await browser.submit(page, '/sign-in', { login, password: PASSWORD });
      expect(consent.html).toContain('has checked this app');
      expect(consent.html).toContain(`comes from: <strong><bdi>${documents.host}</bdi></strong>`);
      expect(consent.html).toContain('continue to <strong><bdi>localhost:9</bdi></strong>');
      expect(consent.html).toContain('Bank &lt;b&gt;');
      expect(consent.html).not.toContain('logo.png');
    });

    test('asks tokens for the services that the operator opens to such clients, and for no others', async () => {
      const user = await gatehouse().addUser();
      const { id } = publish({ resources: [ORDERS], scope: 'openid notes:read' });
      const rp = await relyingParty(gatehouse().issuer, { id });
      const tokens = await obtainTokens(
        rp,
        user,
        { resource: MCP_SERVER, scope: 'openid notes:read' },
        { tokenParameters: { resource: MCP_SERVER } },
      );
      expect(decodeJwt(tokens.access_token)).toMatchObject({
        aud: MCP_SERVER,
        scope: 'notes:read',
        client_id: id,
        sub: user.id,
      });
      const { url } = await rp.begin({ resource: ORDERS });
      const callback = await createBrowser().open(url, { stopAt: REDIRECT_URI });
      expect(new URL(callback.url).searchParams.get('error')).toBe('invalid_target');
    });

    test('a service can introspect its tokens, also while the document cannot be had', async () => {
      const { id, path } = publish();
      const api = await gatehouse().addClient({ kind: 'api', introspectAll: true });
      const user = await gatehouse().addUser();
      const rp = await relyingParty(gatehouse().issuer, { id });
      const opaque = (await obtainTokens(rp, user)).access_token;
      const jwt = (
        await obtainTokens(
          rp,
          user,
          { resource: MCP_SERVER, scope: 'openid notes:read' },
          { tokenParameters: { resource: MCP_SERVER } },
        )
      ).access_token;
      documents.serve(path, (_, response) => response.writeHead(503).end());
      clock.pass(310);
      for (const token of [opaque, jwt]) {
        const { body } = await postForm(`${gatehouse().issuer}/token/introspection`, { token }, basic(api));
        expect(body).toMatchObject({ active: true, client_id: id });
      }
    });

    test('can prove itself by its keys, and then has to', async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256');
      const { id } = publish({
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] },
      });
      const user = await gatehouse().addUser();
      const key = { key: privateKey, kid: 'one' };
      const proving = await relyingParty(gatehouse().issuer, { id }, { auth: oauth.PrivateKeyJwt(key) });
      expect((await obtainTokens(proving, user)).claims()?.sub).toBe(user.id);
      const claiming = await relyingParty(gatehouse().issuer, { id });
      await expect(obtainTokens(claiming, user)).rejects.toMatchObject({ error: 'invalid_client' });
    });

    test('needs PKCE, and gets no tokens for itself', async () => {
      const { id } = publish();
      const target = authorize(id, { code_challenge: '', code_challenge_method: '' });
      const { headers } = await rawRequest(gatehouse(), { target, headers: asBrowser });
      expect(new URL(String(headers['location'])).searchParams.get('error')).toBe('invalid_request');
      const form = { grant_type: 'client_credentials', client_id: id };
      expect(await postForm(`${gatehouse().issuer}/token`, form)).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
    });

    test('cannot say of itself what only an operator may say', async () => {
      const { id } = publish({
        first_party: true,
        introspect_all: true,
        require_pkce: false,
        profile: 'fapi2',
        refresh_token_without_offline_access: true,
        backchannel_logout_uri: `${documents.origin}/logout`,
        sector_identifier_uri: `${documents.origin}/sector`,
        request_uris: [`${documents.origin}/request`],
        grant_types: ['authorization_code', 'client_credentials'],
      });
      const user = await gatehouse().addUser();
      const rp = await relyingParty(gatehouse().issuer, { id });
      const browser = createBrowser();
      const { url, checks } = await rp.begin();
      const page = await browser.open(url);
      const consent = await browser.submit(page, '/sign-in', { login: user.login, password: PASSWORD });
      expect(consent.html).toContain('has checked this app');
      const callback = await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
      const tokens = await rp.finish(callback.url, checks);
      expect(tokens.refresh_token).toBeUndefined();
      await gatehouse().gatehouse.userSessions.endAll(user.id);
      expect(documents.asked.every((path) => path.startsWith('/clients/'))).toBe(true);
    });

    test('a person who signs out is not held up by a document that is gone', async () => {
      const { id, path } = publish();
      const user = await gatehouse().addUser();
      const { browser } = await obtainTokens(await relyingParty(gatehouse().issuer, { id }), user);
      documents.serve(path, (_, response) => response.writeHead(404).end());
      clock.pass(2 * 3600);
      const page = await browser.open(`${gatehouse().issuer}/session/end`);
      const done = await browser.submit(page, '/session/end/confirm', { logout: 'yes' });
      expect(done.html).toContain('Sign-out Success');
    });

    test('its tokens are worth nothing when its document is gone for long', async () => {
      const { id, path } = publish();
      const api = await gatehouse().addClient({ kind: 'api', introspectAll: true });
      const rp = await relyingParty(gatehouse().issuer, { id });
      const { access_token: token } = await obtainTokens(rp, await gatehouse().addUser());
      documents.serve(path, (_, response) => response.writeHead(404).end());
      const { issuer } = gatehouse();
      const ask = async () => {
        const userinfo = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } });
        const { body } = await postForm(`${issuer}/token/introspection`, { token }, basic(api));
        return [userinfo.status, body['active']];
      };
      clock.pass(310);
      expect(await ask()).toEqual([200, true]);
      clock.pass(3600);
      expect(await ask()).toEqual([401, false]);
    });

    test('its grants end when an operator removes it', async () => {
      const { id } = publish();
      const rp = await relyingParty(gatehouse().issuer, { id });
      const scope = { scope: 'openid offline_access', prompt: 'consent' };
      const { refresh_token } = await obtainTokens(rp, await gatehouse().addUser(), scope);
      const next = (await oauth.refreshTokenGrant(rp.config, refresh_token!)).refresh_token!;
      await gatehouse().gatehouse.clients.remove(id);
      await expect(oauth.refreshTokenGrant(rp.config, next)).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });

    type Document = Record<string, unknown>;
    test.each<[what: string, changes: Document, why: string]>([
      [
        'names another client',
        { client_id: 'https://apps.example.org/client.json' },
        'client_id is not the address',
      ],
      ['names no client', { client_id: undefined }, 'client_id is not the address'],
      ['has a secret', { client_secret: 'x' }, 'client_secret must not stand'],
      ['wants a secret', { token_endpoint_auth_method: 'client_secret_basic' }, 'needs a secret'],
      [
        'authenticates in an unknown way',
        { token_endpoint_auth_method: 'x' },
        'must be none or private_key_jwt',
      ],
      [
        'has no keys to prove itself by',
        { token_endpoint_auth_method: 'private_key_jwt' },
        'jwks is missing',
      ],
      ['shows a private key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, 'private key'],
      ['keeps its keys elsewhere', { jwks_uri: 'https://evil.example/jwks' }, 'does not lie on the host'],
      ['has no redirect URI', { redirect_uris: [] }, 'redirectUris are missing'],
      ['leads elsewhere', { redirect_uris: ['https://evil.example/cb'] }, 'does not lie on the host'],
      [
        'leads elsewhere at sign-out',
        { post_logout_redirect_uris: ['https://evil.example/'] },
        'post_logout_redirect_uris does not lie on the host',
      ],
      ['leads to a script', { redirect_uris: ['javascript:alert(1)'] }, 'runs code'],
      ['leads to http elsewhere', { redirect_uris: ['http://evil.example/cb'] }, 'in the clear'],
      ['has redirect URIs that are none', { redirect_uris: [1] }, 'must be a text'],
      ['has redirect URIs that are no list', { redirect_uris: REDIRECT_URI }, 'must be a list'],
      ['has a name that is none', { client_name: ['x'] }, 'must be a text'],
      ['has a name that plays tricks', { client_name: 'x\u202Ey' }, 'invisible or control characters'],
      ['links to a script', { tos_uri: 'javascript:alert(1)' }, 'runs code'],
      ['is for another grant', { grant_types: ['client_credentials'] }, 'must hold authorization_code'],
      ['is for another response', { response_types: ['token'] }, 'must hold code'],
    ])('a document that %s cannot be used', async (_what, changes, why) => {
      const { id } = publish(changes);
      const text = await refusalOf(gatehouse(), authorize(id));
      expect(text).toContain('the client metadata document cannot be used');
      expect(text).toContain(why);
    });

    test.each<[what: string, answer: Parameters<DocumentServer['serve']>[1]]>([
      ['is no JSON', { body: '{', headers: JSON_TYPE }],
      ['is a list', { body: '[]', headers: JSON_TYPE }],
      ['is null', { body: 'null', headers: JSON_TYPE }],
    ])('a document that %s cannot be used', async (_what, answer) => {
      const { id, path } = publish();
      documents.serve(path, answer);
      expect(await refusalOf(gatehouse(), authorize(id))).toContain('is no JSON object');
    });

    test.each<[what: string, answer: Parameters<DocumentServer['serve']>[1]]>([
      ['is not there', (_, response) => response.writeHead(404, JSON_TYPE).end('{}')],
      ['has moved', (_, response) => response.writeHead(301, { location: `${documents.origin}/x` }).end()],
      ['is a page', { body: '<html>', headers: { 'content-type': 'text/html' } }],
      ['is too long', { body: ' '.repeat(20_000), headers: JSON_TYPE }],
      ['never ends', (_, response) => void response.writeHead(200, JSON_TYPE).write('{')],
    ])('a document that %s could not be fetched', async (_what, answer) => {
      const { id, path } = publish();
      documents.serve(path, answer);
      const text = await refusalOf(gatehouse(), authorize(id));
      expect(text).toContain('the client metadata document could not be fetched');
      expect(documents.asked).toEqual([path]);
      const exchange = {
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: REDIRECT_URI,
        client_id: id,
      };
      expect(await postForm(`${gatehouse().issuer}/token`, exchange)).toMatchObject({
        body: { error: 'invalid_client' },
      });
    });

    test.each<[what: string, id: (origin: string) => string]>([
      ['on another host', () => 'https://evil.example/client.json'],
      ['on another port', (origin) => `${origin.replace(/\d+$/u, '9')}/client.json`],
      ['by http', (origin) => `${origin.replace('https', 'http')}/client.json`],
      ['with a user name', (origin) => `${origin.replace('//', '//user@')}/client.json`],
      ['with a fragment', (origin) => `${origin}/client.json#x`],
      ['with a query', (origin) => `${origin}/client.json?x`],
      ['with dots', (origin) => `${origin}/a/../client.json`],
      ['with encoded dots', (origin) => `${origin}/a/%2e%2e/client.json`],
      ['with a backslash', (origin) => `${origin}\\client.json`],
      ['with capitals', (origin) => `${origin.replace('localhost', 'LOCALHOST')}/client.json`],
      ['without a path', (origin) => `${origin}/`],
      ['that is longer than an id should be', (origin) => `${origin}/${'x'.repeat(255)}`],
    ])('an id %s is no client, and nothing is fetched', async (_what, id) => {
      documents.serve('/client.json', { body: '{}', headers: JSON_TYPE });
      const text = await refusalOf(gatehouse(), authorize(id(documents.origin)));
      expect(text).not.toContain('metadata document');
      expect(documents.asked).toEqual([]);
    });

    test('a document is fetched once for as long as its owner says, within a day', async () => {
      const { id, path } = publish({}, { ...JSON_TYPE, 'cache-control': 'public, max-age=3600' });
      const look = () => rawRequest(gatehouse(), { target: authorize(id), headers: asBrowser });
      await inParallel(5, look);
      expect(documents.asked).toEqual([path]);
      clock.pass(3590);
      await look();
      expect(documents.asked).toEqual([path]);
      clock.pass(20);
      await look();
      expect(documents.asked).toEqual([path, path]);
    });

    test('ten documents are fetched at a time, however many are asked for', async () => {
      const clients = Array.from({ length: 15 }, () => publish());
      for (const { path } of clients) documents.serve(path, () => undefined);
      const answers = await inParallel(15, (index) =>
        rawRequest(gatehouse(), { target: authorize(clients[index]!.id), headers: asBrowser }),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => 400));
      expect(documents.asked).toHaveLength(10);
      const { id } = publish();
      const { status } = await rawRequest(gatehouse(), { target: authorize(id), headers: asBrowser });
      expect(status).toBe(303);
    });

    test('a document that changes counts when the old one is over', async () => {
      const { id, change } = publish({}, { ...JSON_TYPE, 'cache-control': 'no-store' });
      const look = async () =>
        String(
          (await rawRequest(gatehouse(), { target: authorize(id), headers: asBrowser })).headers['location'],
        );
      expect(await look()).toMatch(/^\/oidc\/interaction\//u);
      change({ redirect_uris: ['http://localhost:9/other'] });
      clock.pass(310);
      expect(await refusedRedirect(gatehouse(), id)).toContain('invalid_redirect_uri');
      change({ client_secret: 'x' });
      clock.pass(310);
      await refusalOf(gatehouse(), authorize(id));
    });

    test('one that cannot be had for a while goes on to count for an hour', async () => {
      const { id, path } = publish();
      const look = async () =>
        (await rawRequest(gatehouse(), { target: authorize(id), headers: asBrowser })).status;
      expect(await look()).toBe(303);
      documents.serve(path, (_, response) => response.writeHead(503).end());
      clock.pass(3600);
      expect(await look()).toBe(303);
      clock.pass(400);
      expect(await look()).toBe(400);
    });
  },
  options(),
);

async function refusedRedirect(instance: Instance, id: string): Promise<string> {
  const answer = await rawRequest(instance, { target: authorize(id), headers: asBrowser });
  expect(answer.status).toBe(400);
  return answer.text;
}

flow(
  'A metadata document at a private address',
  (gatehouse) => {
    test('is not fetched unless the operator allows that, too', async () => {
      const { id } = publish();
      expect(await refusalOf(gatehouse(), authorize(id))).toContain('could not be fetched');
      expect(documents.asked).toEqual([]);
    });
  },
  {
    get env() {
      return { CLIENT_METADATA_HOSTS: documents.host };
    },
  },
);

flow('Where no hosts are allowed', (gatehouse) => {
  test('an address is no client id, and the metadata promise nothing', async () => {
    const { id } = publish();
    expect(await refusalOf(gatehouse(), authorize(id))).not.toContain('metadata document');
    expect(documents.asked).toEqual([]);
    const answer = await fetch(`${gatehouse().issuer}/.well-known/oauth-authorization-server`);
    expect(await answer.json()).not.toHaveProperty('client_id_metadata_document_supported');
  });
});
