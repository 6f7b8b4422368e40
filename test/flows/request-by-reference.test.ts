import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { createServer, type ServerResponse } from 'node:http';
import { createBrowser } from '../support/browser.js';
import { serveDocuments, type DocumentServer } from '../support/document-server.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { basic, flow, postForm } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { APP_URI, register } from '../support/registration.js';
import { REDIRECT_URI, relyingParty, signIn } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const JWT = { 'content-type': 'application/oauth-authz-req+jwt' };

let documents: DocumentServer;
beforeAll(async () => {
  documents = await serveDocuments();
});
afterAll(() => documents.close());
beforeEach(() => void (documents.asked.length = 0));

flow(
  'Request objects by reference (RFC 9101, OpenID Connect Core 6.2)',
  (gatehouse) => {
    let count = 0;

    /** An app that signs its requests and keeps them on its own server, at the address that it has registered. */
    async function app(instance: Instance, fragment = '') {
      count += 1;
      const path = `/request-${count}.jwt`;
      const uri = `${documents.origin}${path}${fragment}`;
      const { privateKey, publicKey } = await generateKeyPair('RS256');
      const { id, secret } = await instance.addClient({
        kind: 'web',
        redirectUris: [REDIRECT_URI],
        metadata: {
          jwks: {
            keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }],
          } as never,
          request_uris: [uri],
        },
      });
      const rp = await relyingParty(instance.issuer, { id, secret });
      const begin = async (parameters: Record<string, string> = {}) => {
        const { url, checks } = await rp.begin(parameters);
        return { request: Object.fromEntries(new URL(url).searchParams), checks };
      };
      const sign = (request: Record<string, unknown>, issuer = id) =>
        new SignJWT(request)
          .setProtectedHeader({ alg: 'RS256', kid: 'one' })
          .setIssuer(issuer)
          .setAudience(instance.issuer)
          .sign(privateKey);
      return { id, secret, rp, path, uri, begin, sign };
    }

    /** The address to send the browser to: what OAuth wants to see beside the reference, and no more. */
    const addressOf = (clientId: string, uri: string, changes: Record<string, string> = {}) =>
      `/oidc/auth?${new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: REDIRECT_URI,
        state: 'outside',
        request_uri: uri,
        ...changes,
      })}`;
    const at = (target: string) => new URL(target, gatehouse().issuer).href;

    /** Asks for a sign-in, and returns the error that the app is told of. */
    async function refusalAtTheApp(target: string): Promise<Record<string, string>> {
      const answer = await rawRequest(gatehouse(), { target, headers: asBrowser });
      expect(answer.status).toBe(303);
      const location = String(answer.headers['location']);
      expect(location.startsWith(REDIRECT_URI)).toBe(true);
      await expectAlive(gatehouse());
      return Object.fromEntries(new URL(location).searchParams);
    }

    test.each([
      ['', 'GET'],
      ['#GtifQQbP9eJJM8ULQ2WrqFPLP6Pc6C8sKuRuhTzUhVo', 'GET'],
      ['', 'POST'],
    ])('a sign-in is asked for by an address that ends in "%s", by %s', async (fragment, method) => {
      const { id, rp, path, uri, begin, sign } = await app(gatehouse(), fragment);
      const { request, checks } = await begin();
      documents.serve(path, { body: `${await sign(request)}\n`, headers: JWT });
      const browser = createBrowser();
      let target = addressOf(id, uri);
      if (method === 'POST') {
        const posted = formPost('/oidc/auth', target.slice(target.indexOf('?') + 1), asBrowser);
        target = String((await rawRequest(gatehouse(), posted)).headers['location']);
      }
      const page = await browser.open(at(target), { stopAt: REDIRECT_URI });
      const user = await gatehouse().addUser();
      const callback = await signIn(browser, page, user);
      const tokens = await rp.finish(callback.url, checks);
      expect(tokens.claims()).toMatchObject({ sub: user.id, nonce: checks.expectedNonce });
      expect(documents.asked).toEqual([path]);
    });

    test('what stands beside the reference counts for nothing (RFC 9101 6.3)', async () => {
      const { id, path, uri, begin, sign } = await app(gatehouse());
      const { request } = await begin({ prompt: 'none', state: 'inside' });
      documents.serve(path, { body: await sign(request), headers: JWT });
      expect(await refusalAtTheApp(addressOf(id, uri, { prompt: 'login' }))).toMatchObject({
        error: 'login_required',
        state: 'inside',
      });
    });

    test.each<[what: string, other: (uri: string) => string]>([
      ['another path', (uri) => `${uri}/../other.jwt`],
      ['another query', (uri) => `${uri}?x=1`],
      ['another fragment', (uri) => `${uri}#x`],
      ['another host', () => 'https://evil.example/request.jwt'],
      ['a capital in its scheme', (uri) => uri.replace('https', 'HTTPS')],
      ['http', (uri) => uri.replace('https', 'http')],
      ['no address', () => 'x'],
      ['a file', () => 'file:///etc/passwd'],
    ])('an address with %s is not registered, and nothing is fetched', async (_what, other) => {
      const { id, path, uri, begin, sign } = await app(gatehouse());
      documents.serve(path, { body: await sign((await begin()).request), headers: JWT });
      expect(await refusalAtTheApp(addressOf(id, other(uri)))).toMatchObject({
        error: 'invalid_request_uri',
        error_description: 'request_uri is not registered for this client',
        state: 'outside',
      });
      expect(documents.asked).toEqual([]);
    });

    test('the address of another client is not registered', async () => {
      const [one, other] = [await app(gatehouse()), await app(gatehouse())];
      expect(await refusalAtTheApp(addressOf(one.id, other.uri))).toMatchObject({
        error: 'invalid_request_uri',
      });
      expect(documents.asked).toEqual([]);
    });

    test('an error goes nowhere but to a redirect URI of the client', async () => {
      const { id } = await app(gatehouse());
      const target = addressOf(id, 'https://evil.example/', { redirect_uri: 'https://evil.example/' });
      const answer = await rawRequest(gatehouse(), { target, headers: asBrowser });
      expect(answer.status).toBe(400);
      expect(answer.headers['location']).toBeUndefined();
      expect(answer.text).toContain('<code>invalid_redirect_uri</code>');
    });

    let inside: OpenServer;
    let visits: number;
    beforeAll(async () => {
      const visited = createServer((_request, response) => {
        visits += 1;
        response.end('secret');
      });
      inside = await openServer(visited);
    });
    afterAll(() => inside.close());
    beforeEach(() => void (visits = 0));
    const open = new Set<() => void>();
    afterEach(() => open.forEach((end) => end()));

    test.each<[what: string, answer: Parameters<DocumentServer['serve']>[1], why: RegExp]>([
      ['is not there', (_, response) => response.writeHead(404, JWT).end(), /status 404/u],
      ['fails', (_, response) => response.writeHead(500, JWT).end(), /status 500/u],
      [
        'leads to the inside',
        (_, response) => {
          response.writeHead(302, { location: `http://127.0.0.1:${inside.port}/` }).end();
        },
        /status 302/u,
      ],
      [
        'is huge, and says so',
        (_, response) =>
          response.writeHead(200, { ...JWT, 'content-length': '9000000' }).end('x'.repeat(9e6)),
        /longer than 65536/u,
      ],
      ['is huge, and does not say so', (_, response) => flood(response), /longer than 65536/u],
      ['is a page', { body: '<html>', headers: { 'content-type': 'text/html' } }, /text\/html/u],
      ['never begins', () => undefined, /no answer in|timeout/u],
      [
        'never ends',
        (_, response) => {
          response.writeHead(200, JWT);
          const drip = setInterval(() => response.write('x'), 100);
          open.add(() => clearInterval(drip));
        },
        /no answer in|timeout/u,
      ],
      ['is not text', (_, response) => response.writeHead(200, JWT).end(Buffer.from([0xff])), /./u],
      [
        'breaks off',
        (_, response) => response.writeHead(200, JWT).write('x', () => response.destroy()),
        /./u,
      ],
    ])('an object that %s could not be fetched', async (_what, answer, why) => {
      const { id, path, uri } = await app(gatehouse());
      documents.serve(path, answer);
      const started = Date.now();
      expect(await refusalAtTheApp(addressOf(id, uri))).toMatchObject({
        error: 'invalid_request_uri',
        error_description: 'the request object could not be fetched',
        state: 'outside',
      });
      expect(Date.now() - started).toBeLessThan(5000);
      expect(documents.asked).toEqual([path]);
      expect(visits).toBe(0);
      // The log says why, and the app doesn't learn what our network looks like.
      const logged = gatehouse().logged.filter((line) => line.includes(id) && line.includes('"detail"'));
      expect((JSON.parse(logged.at(-1)!) as { detail: string }).detail).toMatch(why);
    });

    type Content = (one: Awaited<ReturnType<typeof app>>, request: Record<string, string>) => Promise<string>;
    test.each<[what: string, content: Content]>([
      ['no JWT', async () => 'hello'],
      ['nothing', async () => ''],
      [
        'not signed',
        async ({ id }, request) =>
          new UnsecuredJWT(request).setIssuer(id).setAudience(gatehouse().issuer).encode(),
      ],
      ['signed by somebody else', async ({ id }, request) => (await app(gatehouse())).sign(request, id)],
      [
        "another client's",
        async () => {
          const other = await app(gatehouse());
          return other.sign((await other.begin()).request);
        },
      ],
      ['changed afterwards', async ({ sign }, request) => `${(await sign(request)).slice(0, -4)}AAAA`],
      ['over', async ({ sign }, request) => sign({ ...request, exp: Math.floor(Date.now() / 1000) - 3600 })],
      ['another reference', async ({ sign, uri }, request) => sign({ ...request, request_uri: uri })],
    ])('an object that is %s is refused as one', async (_what, content) => {
      const one = await app(gatehouse());
      const { request } = await one.begin();
      documents.serve(one.path, { body: await content(one, request), headers: JWT });
      expect(await refusalAtTheApp(addressOf(one.id, one.uri))).toMatchObject({
        error: 'invalid_request_object',
      });
    });

    test('a redirect URI in the object is judged like any other', async () => {
      const { id, path, uri, begin, sign } = await app(gatehouse());
      const { request } = await begin();
      const body = await sign({ ...request, redirect_uri: 'https://evil.example/' });
      documents.serve(path, { body, headers: JWT });
      const answer = await rawRequest(gatehouse(), { target: addressOf(id, uri), headers: asBrowser });
      expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error: 'invalid_redirect_uri' });
    });

    test('by value and by reference at once is refused, and nothing is fetched (RFC 9101 5)', async () => {
      const { id, uri, begin, sign } = await app(gatehouse());
      const request = await sign((await begin()).request);
      expect(await refusalAtTheApp(addressOf(id, uri, { request }))).toMatchObject({
        error: 'invalid_request',
      });
      expect(documents.asked).toEqual([]);
    });

    test('a client that has to push its requests cannot lay them down elsewhere instead', async () => {
      const { id, uri } = await app(gatehouse());
      const { metadata } = (await gatehouse().gatehouse.clients.find(id))!;
      const { jwks, request_uris } = metadata;
      await gatehouse().gatehouse.clients.update(id, {
        metadata: { jwks: jwks!, request_uris: request_uris!, require_pushed_authorization_requests: true },
      });
      expect(await refusalAtTheApp(addressOf(id, uri))).toMatchObject({
        error: 'request_uri_not_supported',
      });
      expect(documents.asked).toEqual([]);
    });

    test('a pushed request works for the same client, and cannot be a reference (RFC 9126 2.1)', async () => {
      const { id, secret, rp, uri, begin } = await app(gatehouse());
      const { request, checks } = await begin();
      const push = (form: Record<string, string>) =>
        postForm(`${gatehouse().issuer}/request`, form, basic({ id, secret }));
      expect(await push({ client_id: id, request_uri: uri })).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^(?:invalid_request|request_uri_not_supported)$/u) },
      });
      const { body } = await push(request);
      const browser = createBrowser();
      const query = new URLSearchParams({ client_id: id, request_uri: String(body['request_uri']) });
      const page = await browser.open(`${gatehouse().issuer}/auth?${query}`, { stopAt: REDIRECT_URI });
      const callback = await signIn(browser, page, await gatehouse().addUser());
      expect((await rp.finish(callback.url, checks)).token_type).toBe('bearer');
      expect(documents.asked).toEqual([]);
    });

    test('a client that has registered no address is told that there is no such thing', async () => {
      const { id } = await gatehouse().addClient({ kind: 'web', redirectUris: [REDIRECT_URI] });
      expect(await refusalAtTheApp(addressOf(id, `${documents.origin}/request.jwt`))).toMatchObject({
        error: 'request_uri_not_supported',
      });
      expect(documents.asked).toEqual([]);
    });
  },
  // The port is known after the configuration is read.
  { env: { OUTBOUND_ALLOWED_HOSTS: 'localhost' } },
);

flow(
  'An app that registers itself',
  (gatehouse) => {
    test('says where its request objects lie, and signs people in by them', async () => {
      const { privateKey, publicKey } = await generateKeyPair('RS256');
      const uri = `${documents.origin}/registered.jwt#GtifQQbP9eJJM8ULQ2WrqFPLP6Pc6C8sKuRuhTzUhVo`;
      const { body } = await register(gatehouse(), {
        request_uris: [uri],
        request_object_signing_alg: 'RS256',
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] },
      });
      expect(body.request_uris).toEqual([uri]);
      const id = String(body.client_id);
      const app = { id, secret: String(body.client_secret) };
      const rp = await relyingParty(gatehouse().issuer, app, { redirectUri: APP_URI });
      const { url, checks } = await rp.begin();
      const object = await new SignJWT(Object.fromEntries(new URL(url).searchParams))
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(id)
        .setAudience(gatehouse().issuer)
        .sign(privateKey);
      documents.serve('/registered.jwt', { body: object, headers: { 'content-type': 'application/jwt' } });
      const beside = { response_type: 'code', scope: 'openid', redirect_uri: APP_URI };
      const query = new URLSearchParams({ client_id: id, request_uri: uri, ...beside });
      const browser = createBrowser();
      const page = await browser.open(`${gatehouse().issuer}/auth?${query}`);
      const user = await gatehouse().addUser();
      const callback = await signIn(browser, page, user, APP_URI);
      expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
    });
  },
  { env: { OUTBOUND_ALLOWED_HOSTS: 'localhost', REGISTRATION: 'open' } },
);

flow('A request object at a private address', (gatehouse) => {
  test('is not fetched unless the operator allows the host', async () => {
    const uri = `${documents.origin}/request.jwt`;
    const { id } = await gatehouse().addClient({
      kind: 'web',
      redirectUris: [REDIRECT_URI],
      metadata: { request_uris: [uri] },
    });
    const query = new URLSearchParams({
      client_id: id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: REDIRECT_URI,
      request_uri: uri,
    });
    const answer = await rawRequest(gatehouse(), { target: `/oidc/auth?${query}`, headers: asBrowser });
    expect(new URL(String(answer.headers['location'])).searchParams.get('error')).toBe('invalid_request_uri');
    expect(documents.asked).toEqual([]);
    expect(gatehouse().logged.join('\n')).toContain('OUTBOUND_ALLOWED_HOSTS can allow it');
  });
});

/** Goes on for as long as it is listened to. */
function flood(response: ServerResponse): void {
  response.writeHead(200, JWT);
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(16_384)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
