import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { relyingParty, signIn } from '../support/relying-party.js';
import { demoFolder, startDemo, type DemoProcess } from './demo-process.js';

jest.setTimeout(30_000);

let demo: DemoProcess;
let folder: Awaited<ReturnType<typeof demoFolder>>;

beforeAll(async () => {
  folder = await demoFolder();
  demo = await startDemo(folder.path);
});

afterAll(async () => {
  await demo?.end();
  await folder.remove();
});

const clientFor = (use: string) => demo.clients.find((client) => client.use === use)!;
const api = (check: 'jwt' | 'introspection') => demo.apis.find((candidate) => candidate.check === check)!;

async function configurationFor(use: string): Promise<oidc.Configuration> {
  const { client_id, client_secret } = clientFor(use);
  return oidc.discovery(new URL(demo.issuer), client_id, client_secret, undefined, {
    execute: [oidc.allowInsecureRequests],
  });
}

async function machineToken(resource: string, scope: string): Promise<string> {
  const config = await configurationFor('client_credentials');
  return (await oidc.clientCredentialsGrant(config, { resource, scope })).access_token;
}

const call = (url: string, token?: string) =>
  fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

describe.each([
  { check: 'jwt', path: '/orders', scope: 'orders:read' },
  { check: 'introspection', path: '/stock', scope: 'stock:read' },
] as const)('the API that checks by $check', ({ check, path, scope }) => {
  test('lets in a client with a token for it and the scope', async () => {
    const { url, resource } = api(check);
    const response = await call(`${url}${path}`, await machineToken(resource, scope));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ items: expect.arrayContaining([expect.anything()]) });
  });

  test('tells a caller whose token has no scope what it knows, and keeps the rest', async () => {
    const { url, resource } = api(check);
    const token = await machineToken(resource, '');
    expect(await (await call(url, token)).json()).toMatchObject({
      client_id: clientFor('client_credentials').client_id,
      scope: '',
    });
    const refused = await call(`${url}${path}`, token);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain(`error="insufficient_scope"`);
    expect(refused.headers.get('www-authenticate')).toContain(`scope="${scope}"`);
  });

  test('asks for a token, without an error, when there is none', async () => {
    const response = await call(api(check).url);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="[^"]+"$/);
  });

  test('lets in a token that is bound to a key (RFC 9449), and whoever holds that key, once per proof', async () => {
    const { url, resource } = api(check);
    const config = await configurationFor('client_credentials');
    const proofs: string[] = [];
    const keyPair = await oidc.randomDPoPKeyPair('ES256');
    const handle = oidc.getDPoPHandle(config, keyPair);
    const { access_token, token_type } = await oidc.clientCredentialsGrant(
      config,
      { resource, scope },
      { DPoP: handle },
    );
    expect(token_type).toBe('dpop');

    config[oidc.customFetch] = (target, init) => {
      proofs.push(new Headers(init.headers).get('dpop') ?? '');
      return fetch(target, init as RequestInit);
    };
    const target = new URL(`${url}${path}`);
    const proven = () =>
      oidc.fetchProtectedResource(config, access_token, target, 'GET', null, new Headers(), { DPoP: handle });
    expect((await proven()).status).toBe(200);
    expect((await proven()).status).toBe(200);

    const stolen: Record<string, string>[] = [
      { authorization: `Bearer ${access_token}` },
      { authorization: `DPoP ${access_token}` },
      { authorization: `DPoP ${access_token}`, dpop: proofs[0]! },
      { authorization: `Bearer ${access_token}`, dpop: proofs[0]! },
    ];
    const answers = await Promise.all(stolen.map((headers) => fetch(target, { headers })));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    const plain = await machineToken(resource, scope);
    expect((await fetch(target, { headers: { authorization: `DPoP ${plain}` } })).status).toBe(401);
  });

  test('refuses tokens for another API, changed ones and nonsense', async () => {
    const other = api(check === 'jwt' ? 'introspection' : 'jwt');
    const foreign = await machineToken(other.resource, '');
    const good = await machineToken(api(check).resource, scope);
    const middle = Math.floor(good.length / 2);
    const changed = good.slice(0, middle) + (good[middle] === 'A' ? 'B' : 'A') + good.slice(middle + 1);
    for (const token of [foreign, changed, 'nonsense']) {
      const response = await call(api(check).url, token);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    const basic = await fetch(api(check).url, { headers: { authorization: 'Basic YTpi' } });
    expect(basic.status).toBe(400);
  });

  test('lets the single-page app call it from the browser, and no other page', async () => {
    const preflight = (origin: string) =>
      fetch(`${api(check).url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      });
    const allowed = await preflight(demo.spa.url);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(demo.spa.url);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization, dpop');
    const refused = await preflight('http://localhost:9');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('the API that asks Gatehouse refuses a token from the moment it is revoked', async () => {
  const { url, resource } = api('introspection');
  const token = await machineToken(resource, '');
  expect((await call(url, token)).status).toBe(200);
  await oidc.tokenRevocation(await configurationFor('client_credentials'), token);
  expect((await call(url, token)).status).toBe(401);
});

describe('the clients for scripts', () => {
  test('one signs in with a redirect to any port of 127.0.0.1, as RFC 8252 7.3 says', async () => {
    const { client_id, client_secret } = clientFor('authorization_code');
    const redirectUri = 'http://127.0.0.1:54321/cb';
    const rp = await relyingParty(demo.issuer, { id: client_id, secret: client_secret }, { redirectUri });
    const browser = createBrowser();
    const { url, checks } = await rp.begin();
    const callback = await signIn(browser, await browser.open(url), demo.users[1]!, redirectUri);
    const tokens = await rp.finish(callback.url, checks);
    const { email } = await oidc.fetchUserInfo(rp.config, tokens.access_token, tokens.claims()!.sub);
    expect(email).toBe(demo.users[1]!.login);
  });

  test('one may introspect', async () => {
    const token = await machineToken(api('introspection').resource, 'stock:read');
    const answer = await oidc.tokenIntrospection(await configurationFor('introspection'), token);
    expect(answer).toMatchObject({ active: true, scope: 'stock:read', aud: api('introspection').resource });
  });
});
