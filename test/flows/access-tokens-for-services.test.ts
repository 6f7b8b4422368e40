import { expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { basic, flow, postForm } from '../support/flow.js';
import { REDIRECT_URI, obtainTokens, signIn, webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

let count = 0;

/** An API, and the client by which it introspects. */
async function api(gatehouse: Instance, tokenFormat: 'jwt' | 'opaque') {
  count += 1;
  const resource = `https://api-${count}.example.com/`;
  const scopes = [
    { name: 'orders:read', description: 'See your orders' },
    { name: 'orders:write', description: 'Change your orders' },
  ];
  const introspector = await gatehouse.addClient({
    kind: 'api',
    name: 'Orders API',
    service: { resource, scopes, tokenFormat },
  });
  return { resource, introspector };
}

flow('A client asks a token for a service (RFC 8707)', (gatehouse) => {
  const token = (app: { id: string; secret: string }, form: Record<string, string>) =>
    postForm(`${gatehouse().issuer}/token`, { grant_type: 'client_credentials', ...form }, basic(app));
  const introspect = (app: { id: string; secret: string }, value: string) =>
    postForm(`${gatehouse().issuer}/token/introspection`, { token: value }, basic(app));

  test('client credentials give a JWT that the service checks by signature (RFC 9068)', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    const service = await gatehouse().addClient({ kind: 'service', resources: [resource] });
    const { status, body } = await token(service, { resource, scope: 'orders:read' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'orders:read', expires_in: 600 });

    const jwt = String(body['access_token']);
    expect(decodeProtectedHeader(jwt)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    const { payload } = await jwtVerify(jwt, createRemoteJWKSet(new URL(`${gatehouse().issuer}/jwks`)), {
      issuer: gatehouse().issuer,
      audience: resource,
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({ client_id: service.id, sub: service.id, scope: 'orders:read' });
    for (const claim of ['iat', 'exp', 'jti']) expect(payload).toHaveProperty(claim);
  });

  test('for a service without naming it, where the client has one that is meant by default', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    const other = await api(gatehouse(), 'jwt');
    const resources = [other.resource, resource];
    const service = await gatehouse().addClient({ kind: 'service', resources, defaultResource: resource });
    const { status, body } = await token(service, { scope: 'orders:read' });
    expect(status).toBe(200);
    expect(decodeJwt(String(body['access_token']))).toMatchObject({ aud: resource, scope: 'orders:read' });
    const named = await token(service, { resource: other.resource, scope: 'orders:read' });
    expect(decodeJwt(String(named.body['access_token']))).toMatchObject({ aud: other.resource });
  });

  test('one that is meant by default is one that the client may use', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    await expect(gatehouse().addClient({ kind: 'service', defaultResource: resource })).rejects.toMatchObject(
      {
        faults: [{ field: 'defaultResource', value: resource }],
      },
    );
  });

  test('by a person, too, and the consent page names it', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    const { rp } = await webApp(gatehouse(), { resources: [resource], defaultResource: resource });
    const person = await gatehouse().addUser();
    const browser = createBrowser();
    const { url, checks } = await rp.begin({ scope: 'orders:read' });
    const { expectedNonce: _nonce, ...plainOAuth } = checks;
    const page = await browser.open(url.replace(/&nonce=[^&]*/u, ''), { stopAt: REDIRECT_URI });
    const consent = await browser.submit(page, '/sign-in', { login: person.login, password: PASSWORD });
    expect(consent.html).toContain('See your orders');
    const callback = await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
    const { access_token: jwt } = await rp.finish(callback.url, plainOAuth);
    expect(decodeJwt(jwt)).toMatchObject({ aud: resource, sub: person.id, scope: 'orders:read' });
  });

  test('an opaque one where none is named, known to introspection', async () => {
    const service = await gatehouse().addClient({ kind: 'service' });
    const { body } = await token(service, {});
    expect(String(body['access_token']).split('.')).toHaveLength(1);
    expect(await introspect(service, String(body['access_token']))).toMatchObject({
      body: { active: true, client_id: service.id },
    });
  });

  test('only for services it may use, and there is no telling which exist', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    const service = await gatehouse().addClient({ kind: 'service' });
    const forbidden = await token(service, { resource, scope: 'orders:read' });
    const unknown = await token(service, { resource: 'https://nowhere.example.com/', scope: 'orders:read' });
    expect(forbidden).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    expect(forbidden.body).toEqual(unknown.body);
  });

  test('introspection answers whoever may know, and tells everybody else that it is not active', async () => {
    const mine = await api(gatehouse(), 'opaque');
    const other = await api(gatehouse(), 'opaque');
    const service = await gatehouse().addClient({ kind: 'service', resources: [mine.resource] });
    const { body } = await token(service, { resource: mine.resource, scope: 'orders:read orders:write' });
    const value = String(body['access_token']);

    expect(await introspect(mine.introspector, value)).toMatchObject({
      status: 200,
      body: {
        active: true,
        aud: mine.resource,
        client_id: service.id,
        scope: 'orders:read orders:write',
        iss: gatehouse().issuer,
      },
    });
    expect((await introspect(service, value)).body['active']).toBe(true);
    expect((await introspect(other.introspector, value)).body).toEqual({ active: false });
    const stranger = await gatehouse().addClient({ kind: 'service' });
    expect((await introspect(stranger, value)).body).toEqual({ active: false });
    expect((await introspect({ id: stranger.id, secret: 'wrong' }, value)).status).toBe(401);
    const auditor = await gatehouse().addClient({ kind: 'service', introspectAll: true });
    expect((await introspect(auditor, value)).body['active']).toBe(true);
  });

  test('a JWT can be asked about as well, by the same rules, and an ID Token is none', async () => {
    const { resource, introspector } = await api(gatehouse(), 'jwt');
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse(), { resources: [resource], firstParty: true });
    const tokens = await obtainTokens(
      rp,
      user,
      { scope: 'openid orders:read', resource },
      { tokenParameters: { resource } },
    );
    expect((await introspect(introspector, tokens.access_token)).body).toMatchObject({
      active: true,
      sub: user.id,
      aud: resource,
      client_id: app.id,
      scope: 'orders:read',
      iss: gatehouse().issuer,
    });
    const stranger = await gatehouse().addClient({ kind: 'service' });
    expect(await introspect(stranger, tokens.access_token)).toMatchObject({
      status: 200,
      body: { active: false },
    });
    expect((await introspect(introspector, tokens.id_token!)).body).toEqual({ active: false });
    const [header, payload, signature] = tokens.access_token.split('.');
    expect((await introspect(introspector, `${header}.${payload}.${signature?.toUpperCase()}`)).body).toEqual(
      { active: false },
    );

    await gatehouse().gatehouse.users.disable(user.id);
    expect((await introspect(introspector, tokens.access_token)).body).toEqual({ active: false });
  });

  test('a revoked token is not active any more; a stranger cannot revoke it (RFC 7009)', async () => {
    const service = await gatehouse().addClient({ kind: 'service' });
    const stranger = await gatehouse().addClient({ kind: 'service' });
    const value = String((await token(service, {})).body['access_token']);
    const revoke = (app: typeof service) =>
      postForm(`${gatehouse().issuer}/token/revocation`, { token: value }, basic(app));
    await revoke(stranger);
    expect((await introspect(service, value)).body['active']).toBe(true);
    expect((await revoke(service)).status).toBe(200);
    expect((await introspect(service, value)).body).toEqual({ active: false });
  });

  test('a person consents to what the app may do there, in the words of the service', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse(), { resources: [resource] });
    const { url, checks } = await rp.begin({ scope: 'openid orders:read', resource });
    const browser = createBrowser();
    const consentPage = await browser.submit(await browser.open(url), '/sign-in', {
      login: user.login,
      password: 'correct horse battery staple',
    });
    expect(consentPage.html).toContain('See your orders');
    expect(consentPage.html).not.toContain('Change your orders');
    const callback = await browser.submit(consentPage, '/consent', {}, { stopAt: REDIRECT_URI });
    const tokens = await rp.finish(callback.url, checks, { resource });
    const { payload } = await jwtVerify(
      tokens.access_token,
      createRemoteJWKSet(new URL(`${gatehouse().issuer}/jwks`)),
      {
        audience: resource,
      },
    );
    expect(payload).toMatchObject({ sub: user.id, client_id: app.id, scope: 'orders:read' });
  });

  test('a token without any of its scopes needs a yes as well, which is remembered', async () => {
    const { resource } = await api(gatehouse(), 'jwt');
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse(), { resources: [resource] });
    const { browser } = await obtainTokens(rp, user, { scope: 'openid' });
    const asked = await rp.begin({ scope: 'openid', resource });
    const consentPage = await browser.open(asked.url, { stopAt: REDIRECT_URI });
    expect(consentPage.html).toContain('Orders API');
    await browser.submit(consentPage, '/consent', {}, { stopAt: REDIRECT_URI });
    const again = await rp.begin({ scope: 'openid', resource, prompt: 'none' });
    const callback = await browser.open(again.url, { stopAt: REDIRECT_URI });
    expect((await rp.finish(callback.url, again.checks, { resource })).claims()?.sub).toBe(user.id);
  });

  test('the consent page knows only scopes that mean something', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { url } = await rp.begin({ scope: 'openid Verified_by_Somebody' });
    const browser = createBrowser();
    const page = await browser.submit(await browser.open(url), '/sign-in', {
      login: user.login,
      password: 'correct horse battery staple',
    });
    expect(page.html).toContain('/consent');
    expect(page.html).not.toContain('Verified_by_Somebody');
  });

  test('one refresh token serves two services, one token each', async () => {
    const [first, second] = [await api(gatehouse(), 'jwt'), await api(gatehouse(), 'opaque')];
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse(), {
      resources: [first.resource, second.resource],
      firstParty: true,
    });
    const { url, checks } = await rp.begin({ scope: 'openid offline_access orders:read', prompt: 'consent' });
    const both = `${url}&resource=${encodeURIComponent(first.resource)}&resource=${encodeURIComponent(second.resource)}`;
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(both), user);
    const tokens = await rp.finish(callback.url, checks, { resource: first.resource });
    expect(decodeProtectedHeader(tokens.access_token).typ).toBe('at+jwt');
    const next = await client.refreshTokenGrant(rp.config, tokens.refresh_token!, {
      resource: second.resource,
    });
    expect((await introspect(second.introspector, next.access_token)).body).toMatchObject({
      active: true,
      sub: user.id,
    });
  });
});

flow('Client credentials', (gatehouse) => {
  test('are for clients of that kind alone', async () => {
    const { app } = await webApp(gatehouse());
    const answer = await postForm(
      `${gatehouse().issuer}/token`,
      { grant_type: 'client_credentials' },
      basic(app),
    );
    expect(answer).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
  });

  test('a web app gets no tokens but by a person', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const tokens = await obtainTokens(rp, user);
    expect(tokens.claims()?.sub).toBe(user.id);
  });
});
