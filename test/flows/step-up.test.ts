import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { passwordSignIn } from '../../src/domain/sign-in.js';
import { createBrowser } from '../support/browser.js';
import { basic, flow, postForm } from '../support/flow.js';
import { errorOf, obtainTokens, REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';
import { letIn, tv } from '../support/tv.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const PASSWORD_FIELD = 'name="password"';
const BY_PASSWORD: string = passwordSignIn.acr;
const ELSEWHERE = 'urn:example:acr:retina';

const essential = (acr: object) => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, ...acr } } }),
});

/** As after a sign-in by a method that has been taken away since. */
async function makeSessionsWeak({ gatehouse }: Instance, user: { id: string }): Promise<void> {
  const { sessions } = gatehouse.store;
  for (const { uid, expiresAt } of await sessions.listByAccount(user.id)) {
    const nothing = { unset: [], setAuthorizations: {}, unsetAuthorizations: [] };
    await sessions.update({ uid, expiresAt, set: { acr: 'urn:example:acr:knock' }, ...nothing });
  }
}

flow('An app that asks for an authentication context (RFC 9470)', (gatehouse) => {
  async function signedIn() {
    const user = await gatehouse().addUser();
    const app = await webApp(gatehouse());
    const { browser } = await obtainTokens(app.rp, user);
    const open = async (parameters: Record<string, string>) => {
      const begun = await app.rp.begin(parameters);
      return { page: await browser.open(begun.url, { stopAt: REDIRECT_URI }), checks: begun.checks };
    };
    return { user, browser, open, ...app };
  }

  test('gets an answer at once when the session is as good as that', async () => {
    const { rp, open } = await signedIn();
    const { page, checks } = await open({ acr_values: `${ELSEWHERE} ${BY_PASSWORD}`, prompt: 'none' });
    expect((await rp.finish(page.url, checks)).claims()).toMatchObject({ acr: BY_PASSWORD });
  });

  test('leads to a sign-in that is as good as that, and to one only', async () => {
    const { user, browser, rp, open } = await signedIn();
    await makeSessionsWeak(gatehouse(), user);
    const silent = await open({ acr_values: BY_PASSWORD, prompt: 'none' });
    expect(errorOf(silent.page)).toBe('login_required');

    const { page, checks } = await open({ acr_values: BY_PASSWORD });
    expect(page.html).toContain(PASSWORD_FIELD);
    expect(page.html).toContain('sign in again as');
    const callback = await signIn(browser, page, user);
    expect((await rp.finish(callback.url, checks)).claims()).toMatchObject({ acr: BY_PASSWORD });
    expect(errorOf((await open({ acr_values: BY_PASSWORD, prompt: 'none' })).page)).toBeNull();
  });

  test('is told the truth when no sign-in here is as good as that: it was a wish', async () => {
    const { user, rp, open } = await signedIn();
    const { page, checks } = await open({ acr_values: ELSEWHERE });
    expect((await rp.finish(page.url, checks)).claims()).toMatchObject({ acr: BY_PASSWORD });
    const fresh = await obtainTokens(rp, user, { acr_values: ELSEWHERE });
    expect(fresh.claims()).toMatchObject({ acr: BY_PASSWORD });
  });

  test.each<[string, Record<string, string>]>([
    ['one value', essential({ value: ELSEWHERE })],
    ['several', essential({ values: [ELSEWHERE, 'urn:example:other'] })],
    ['a value beside a wish', { ...essential({ value: ELSEWHERE }), acr_values: BY_PASSWORD }],
  ])('has failed when it is essential and cannot be had: %s', async (_what, parameters) => {
    const { rp, open } = await signedIn();
    expect(errorOf((await open(parameters)).page)).toBe('unmet_authentication_requirements');
    expect(errorOf((await open({ ...parameters, prompt: 'login' })).page)).toBe(
      'unmet_authentication_requirements',
    );
    const { url } = await rp.begin(parameters);
    const stranger = await createBrowser().open(url, { stopAt: REDIRECT_URI });
    expect(errorOf(stranger)).toBe('unmet_authentication_requirements');
  });

  test('is signed in to again when what is essential can be had', async () => {
    const { user, browser, rp, open } = await signedIn();
    const values = [ELSEWHERE, BY_PASSWORD];
    await makeSessionsWeak(gatehouse(), user);
    const { page, checks } = await open(essential({ values }));
    expect(page.html).toContain(PASSWORD_FIELD);
    const callback = await signIn(browser, page, user);
    expect((await rp.finish(callback.url, checks)).claims()).toMatchObject({ acr: BY_PASSWORD });
    expect(errorOf((await open({ ...essential({ values }), prompt: 'none' })).page)).toBeNull();
  });

  test.each([
    ['a text for a list', { values: BY_PASSWORD }],
    ['a number', { value: 1 }],
    ['numbers', { values: [1, 2] }],
  ])('is refused with %s', async (_what, acr) => {
    const { open } = await signedIn();
    expect(errorOf((await open(essential(acr))).page)).toBe('invalid_request');
  });

  test.each([
    ['null', { id_token: { acr: null } }],
    ['a value that is no more than a wish', { id_token: { acr: { value: ELSEWHERE } } }],
    ['any value', { id_token: { acr: { essential: true } } }],
  ])('goes on with %s', async (_what, claims) => {
    const { open } = await signedIn();
    expect(errorOf((await open({ claims: JSON.stringify(claims), prompt: 'none' })).page)).toBeNull();
  });

  test('is registered with those alone that a sign-in here has', async () => {
    const registering = webApp(gatehouse(), { metadata: { default_acr_values: [ELSEWHERE] } });
    await expect(registering).rejects.toMatchObject({ faults: [{ field: 'default_acr_values' }] });
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse(), { metadata: { default_acr_values: [BY_PASSWORD] } });
    expect((await obtainTokens(rp, user)).claims()).toMatchObject({ acr: BY_PASSWORD });
  });
});

flow(
  'An access token says how and when the person signed in',
  (gatehouse) => {
    const { pass } = stopTheClock();

    async function api(tokenFormat: 'jwt' | 'opaque'): Promise<string> {
      const resource = `urn:example:${tokenFormat}`;
      await gatehouse().gatehouse.services.extend(resource, { name: 'Test API', tokenFormat });
      return resource;
    }
    const introspect = async (token: string) => {
      const auditor = await gatehouse().addClient({ kind: 'api', introspectAll: true });
      return (await postForm(`${gatehouse().issuer}/token/introspection`, { token }, basic(auditor))).body;
    };
    const now = () => Math.floor(Date.now() / 1000);

    test.each(['jwt', 'opaque'] as const)(
      'for a service (%s), and a refreshed one says the same as the first',
      async (format) => {
        const resource = await api(format);
        const user = await gatehouse().addUser();
        const { rp } = await webApp(gatehouse(), {
          resources: [resource],
          refreshTokenWithoutOfflineAccess: true,
        });
        const signedInAt = now();
        const asked = { scope: 'openid', resource };
        const tokens = await obtainTokens(rp, user, asked, { tokenParameters: { resource } });
        const signedIn = { acr: BY_PASSWORD, auth_time: signedInAt };
        expect(tokens.claims()).toMatchObject(signedIn);
        if (format === 'jwt') expect(decodeJwt(tokens.access_token)).toMatchObject(signedIn);
        expect(await introspect(tokens.access_token)).toMatchObject({ active: true, ...signedIn });

        pass(500);
        const next = await client.refreshTokenGrant(rp.config, tokens.refresh_token!, { resource });
        if (format === 'jwt') expect(decodeJwt(next.access_token)).toMatchObject(signedIn);
        expect(await introspect(next.access_token)).toMatchObject({ active: true, ...signedIn });
      },
    );

    test('from max_age on: a session that is too old for it is signed in to again, and the token is young', async () => {
      const resource = await api('jwt');
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse(), { resources: [resource] });
      const asked = { scope: 'openid', resource, max_age: '300' };
      const { browser } = await obtainTokens(rp, user, asked, { tokenParameters: { resource } });
      pass(300);
      const still = await rp.begin({ ...asked, prompt: 'none' });
      expect(errorOf(await browser.open(still.url, { stopAt: REDIRECT_URI }))).toBeNull();
      pass(1);
      const silent = await rp.begin({ ...asked, prompt: 'none' });
      expect(errorOf(await browser.open(silent.url, { stopAt: REDIRECT_URI }))).toBe('login_required');
      const { url, checks } = await rp.begin(asked);
      const page = await browser.open(url, { stopAt: REDIRECT_URI });
      expect(page.html).toContain(PASSWORD_FIELD);
      const callback = await signIn(browser, page, user);
      const { access_token } = await rp.finish(callback.url, checks, { resource });
      expect(decodeJwt(access_token)).toMatchObject({ acr: BY_PASSWORD, auth_time: now() });
    });

    test('of a device, too', async () => {
      const resource = await api('jwt');
      const user = await gatehouse().addUser();
      const { start, poll } = await tv(gatehouse(), { resources: [resource] });
      const started = await start({ scope: 'openid', resource });
      await letIn(createBrowser(), started, user);
      const { body } = await poll(started, { resource });
      expect(decodeJwt(String(body['access_token']))).toMatchObject({ acr: BY_PASSWORD, auth_time: now() });
    });

    test('and nothing where nobody did', async () => {
      const resource = await api('jwt');
      const service = await gatehouse().addClient({ kind: 'service', resources: [resource] });
      const form = { grant_type: 'client_credentials', resource };
      const { body } = await postForm(`${gatehouse().issuer}/token`, form, basic(service));
      const payload = decodeJwt(String(body['access_token']));
      expect(payload).not.toHaveProperty('acr');
      expect(payload).not.toHaveProperty('auth_time');
    });
  },
  { clock: wallClock },
);

flow(
  'A token that comes straight from the authorization endpoint',
  (gatehouse) => {
    test('says how and when the person signed in, too', async () => {
      const resource = 'urn:example:straight';
      await gatehouse().gatehouse.services.add(resource, { name: 'Test API' });
      const user = await gatehouse().addUser();
      const types = ['code', 'code token'];
      const redirectUri = 'https://app.example/callback';
      const { rp } = await webApp(gatehouse(), {
        redirectUris: [redirectUri],
        resources: [resource],
        metadata: { response_types: types, grant_types: ['authorization_code', 'implicit'] },
      });
      const { url } = await rp.begin({
        scope: 'openid',
        resource,
        response_type: 'code token',
        redirect_uri: redirectUri,
      });
      const browser = createBrowser();
      const callback = await signIn(browser, await browser.open(url), user, redirectUri);
      const token = new URLSearchParams(new URL(callback.url).hash.slice(1)).get('access_token');
      const payload = decodeJwt(String(token));
      expect(payload).toMatchObject({ acr: BY_PASSWORD, auth_time: expect.any(Number) });
    });
  },
  { env: { RESPONSE_TYPES: 'code, code token' } },
);
