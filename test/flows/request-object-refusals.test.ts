import { expect, test } from '@jest/globals';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { clientKey, type ClientKey } from '../support/client-keys.js';
import { basic, flow, postForm } from '../support/flow.js';
import { REDIRECT_URI, relyingParty, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

interface App {
  id: string;
  key: ClientKey;
  /** A request object as it should be, with these claims in place of its own. */
  sign(changes?: JWTPayload, by?: ClientKey): Promise<string>;
}

async function app(gatehouse: Instance, settings: Record<string, unknown> = {}): Promise<App> {
  const key = await clientKey();
  const { id } = await gatehouse.addClient({
    kind: 'web',
    redirectUris: [REDIRECT_URI],
    metadata: { jwks: key.jwks, request_object_signing_alg: 'ES256' },
    ...settings,
  });
  const { searchParams } = new URL((await (await relyingParty(gatehouse.issuer, { id })).begin()).url);
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...Object.fromEntries(searchParams),
    iss: id,
    aud: gatehouse.issuer,
    iat: now,
    nbf: now,
    exp: now + 60,
  };
  const sign = (changes: JWTPayload = {}, by = key) =>
    new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'oauth-authz-req+jwt' })
      .sign(by.privateKey);
  return { id, key, sign };
}

/** Where the browser is sent, or what the page says. */
async function outcome(gatehouse: Instance, id: string, request: string): Promise<string> {
  const url = new URL(`${gatehouse.issuer}/auth`);
  url.search = new URLSearchParams({ client_id: id, request }).toString();
  const answer = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } });
  const location = answer.headers.get('location');
  if (location === null)
    return `${answer.status} ${/<code>([a-z_]+)<\/code>/u.exec(await answer.text())?.[1]}`;
  const to = new URL(location, url);
  return to.searchParams.get('error') ?? (to.pathname.includes('/interaction/') ? 'sign-in' : to.href);
}

flow('Request objects (RFC 9101)', (gatehouse) => {
  test('lead to the sign-in page when they are as they should be', async () => {
    const { id, sign } = await app(gatehouse());
    expect(await outcome(gatehouse(), id, await sign())).toBe('sign-in');
  });

  test.each<[what: string, make: (app: App, other: App) => Promise<string>]>([
    ['signed by the key of another client', ({ sign }, { key }) => sign({}, key)],
    ['of another client', (_app, other) => other.sign()],
    [
      'signed by HS256 with the public key as the secret',
      async ({ sign, key }) => {
        const spki = await exportSPKI(
          (await importJWK(key.publicJwk, 'ES256', { extractable: true })) as never,
        );
        const claims = JSON.parse(Buffer.from((await sign()).split('.')[1]!, 'base64url').toString());
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(spki));
      },
    ],
    [
      'without a signature',
      async ({ sign }) => {
        const claims = JSON.parse(Buffer.from((await sign()).split('.')[1]!, 'base64url').toString());
        return new UnsecuredJWT(claims).encode();
      },
    ],
    ['that are over', ({ sign }) => sign({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['that are not good yet', ({ sign }) => sign({ nbf: Math.floor(Date.now() / 1000) + 120 })],
    ['for another server', ({ sign }) => sign({ aud: 'https://other.example' })],
    ['from another issuer', ({ sign }) => sign({ iss: 'somebody' })],
    ['that name another client', ({ sign }, { id }) => sign({ client_id: id })],
    ['with one within', async ({ sign }) => sign({ request: await sign() })],
    ['with the address of one within', ({ sign }) => sign({ request_uri: 'https://app.example/r' })],
    ['that are no JWT', async () => 'x.y'],
  ])('%s are refused', async (_what, make) => {
    const mine = await app(gatehouse());
    const request = await make(mine, await app(gatehouse()));
    expect(await outcome(gatehouse(), mine.id, request)).toBe('400 invalid_request_object');
  });

  test('that are an abyss are refused before anything walks through them', async () => {
    const { app: web } = await webApp(gatehouse());
    const abyss = `${'['.repeat(5000)}${']'.repeat(5000)}`;
    const parts = ['{"alg":"ES256"}', `{"client_id":"${web.id}","claims":${abyss}}`, 'x'];
    const request = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
    for (const endpoint of ['/request', '/device/auth']) {
      const form = { client_id: web.id, request };
      const { status, body } = await postForm(`${gatehouse().issuer}${endpoint}`, form, basic(web));
      expect([status, body['error']]).toEqual([400, 'invalid_request_object']);
    }
  });

  test('that would lead elsewhere lead nowhere', async () => {
    const { id, sign } = await app(gatehouse());
    const request = await sign({ redirect_uri: 'https://evil.example/cb' });
    expect(await outcome(gatehouse(), id, request)).toBe('400 invalid_redirect_uri');
  });

  test('are demanded where the client says so', async () => {
    const { id, sign } = await app(gatehouse(), {
      metadata: { jwks: (await clientKey()).jwks, require_signed_request_object: true },
    });
    const { url } = await (await relyingParty(gatehouse().issuer, { id })).begin();
    const answer = await fetch(url, { redirect: 'manual' });
    expect(new URL(answer.headers.get('location')!).searchParams.get('error')).toBe('invalid_request');
    expect(await outcome(gatehouse(), id, await sign())).toBe('400 invalid_request_object');
  });
});
