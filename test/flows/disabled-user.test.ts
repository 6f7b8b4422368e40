import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { listenForLogout, type BackChannel } from '../support/back-channel.js';
import { createBrowser, formFields } from '../support/browser.js';
import { basic, flow, postForm } from '../support/flow.js';
import { errorOf, REDIRECT_URI, obtainTokens, signIn, webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

const NEW_PASSWORD = 'another horse, another battery';
const LOOPBACK = { env: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' } };

/** What an operator or the person does, after which nothing of before is worth anything. */
const endings: Record<string, (gatehouse: Instance, id: string) => Promise<unknown>> = {
  'is disabled': ({ gatehouse }, id) => gatehouse.users.disable(id),
  'is removed': ({ gatehouse }, id) => gatehouse.users.remove(id),
  'gets another password': ({ gatehouse }, id) => gatehouse.users.setPassword(id, NEW_PASSWORD),
};

for (const [ending, end] of Object.entries(endings)) {
  flow(
    `A user who ${ending}`,
    (gatehouse) => {
      let channel: BackChannel;
      beforeAll(async () => {
        channel = await listenForLogout();
      });
      afterAll(() => channel.close());

      const tokenUrl = () => `${gatehouse().issuer}/token`;

      test('loses sessions, refresh tokens and opaque access tokens at once, and their apps are told', async () => {
        const user = await gatehouse().addUser();
        const { app, rp } = await webApp(gatehouse(), {
          backchannelLogoutUri: channel.url,
        });
        const tokens = await obtainTokens(rp, user, {
          scope: 'openid email offline_access',
          prompt: 'consent',
        });
        const sid = tokens.claims()?.['sid'];
        expect(tokens.refresh_token).toBeDefined();
        await client.fetchUserInfo(rp.config, tokens.access_token, user.id);

        await end(gatehouse(), user.id);

        await expect(client.fetchUserInfo(rp.config, tokens.access_token, user.id)).rejects.toMatchObject({
          status: 401,
        });
        const introspected = await postForm(
          `${tokenUrl()}/introspection`,
          { token: tokens.access_token },
          basic(app),
        );
        expect(introspected.body).toEqual({ active: false });
        const refreshed = await postForm(
          tokenUrl(),
          { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! },
          basic(app),
        );
        expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });

        const silent = await rp.begin({ prompt: 'none' });
        const callback = await tokens.browser.open(silent.url, { stopAt: REDIRECT_URI });
        expect(errorOf(callback)).toBe('login_required');
        const asked = await tokens.browser.open((await rp.begin()).url);
        expect(asked.html).toContain('name="password"');

        await channel.waitFor(1);
        expect(decodeJwt(channel.received[0]!)).toMatchObject({ sub: user.id, aud: app.id, sid });
      });

      test('leaves a code behind that cannot be redeemed', async () => {
        const user = await gatehouse().addUser();
        const { rp } = await webApp(gatehouse());
        const { url, checks } = await rp.begin();
        const browser = createBrowser();
        const callback = await signIn(browser, await browser.open(url), user);
        await end(gatehouse(), user.id);
        await expect(rp.finish(callback.url, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
      });

      test('does not arrive with a password that was accepted before', async () => {
        const user = await gatehouse().addUser();
        const { rp } = await webApp(gatehouse(), { firstParty: true });
        const { url } = await rp.begin();
        const browser = createBrowser();
        const page = await browser.open(url);
        const { action, fields } = formFields(page.html, '/sign-in');
        const accepted = await browser.request(new URL(action, page.url).href, {
          method: 'POST',
          body: new URLSearchParams({ ...fields, login: user.login, password: PASSWORD }),
        });
        expect(accepted.status).toBe(303);

        await end(gatehouse(), user.id);

        const late = await browser.open(accepted.headers.get('location')!, { stopAt: REDIRECT_URI });
        expect(late.url.startsWith(REDIRECT_URI)).toBe(false);
        expect(late.status).toBe(400);
        expect(late.html).toContain('data-error');
        expect(await gatehouse().gatehouse.store.sessions.listByAccount(user.id)).toEqual([]);
      });

      test('cannot say yes at the consent page any more', async () => {
        const user = await gatehouse().addUser();
        const { app, rp } = await webApp(gatehouse());
        const { url } = await rp.begin();
        const browser = createBrowser();
        const consent = await browser.submit(await browser.open(url), '/sign-in', {
          login: user.login,
          password: PASSWORD,
        });
        await end(gatehouse(), user.id);
        const late = await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
        expect(late.status).toBe(400);
        expect(late.html).toContain('data-error');
        expect(await gatehouse().gatehouse.store.consents.find(user.id, app.id)).toBeUndefined();
        expect((await browser.open(consent.url)).status).toBe(400);
      });

      test('cannot sign in with the password of before', async () => {
        const user = await gatehouse().addUser();
        const { rp } = await webApp(gatehouse(), { firstParty: true });
        await end(gatehouse(), user.id);
        const browser = createBrowser();
        const page = await browser.open((await rp.begin()).url);
        const refused = await browser.submit(page, '/sign-in', { login: user.login, password: PASSWORD });
        expect(refused.status).toBe(401);
        expect(refused.html).toContain('role="alert"');
      });
    },
    LOOPBACK,
  );
}

flow('A user who comes back', (gatehouse) => {
  test('after being enabled again signs in anew: what ended stays ended', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse());
    const { browser, refresh_token: refreshToken } = await obtainTokens(rp, user, {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    await gatehouse().gatehouse.users.disable(user.id);
    await gatehouse().gatehouse.users.enable(user.id);

    const silent = await rp.begin({ prompt: 'none' });
    expect(errorOf(await browser.open(silent.url, { stopAt: REDIRECT_URI }))).toBe('login_required');
    const refreshed = await postForm(
      `${gatehouse().issuer}/token`,
      { grant_type: 'refresh_token', refresh_token: refreshToken! },
      basic(app),
    );
    expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await obtainTokens(rp, user)).claims()?.sub).toBe(user.id);
  });

  test('with a new password signs in with that', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse(), { firstParty: true });
    await gatehouse().gatehouse.users.setPassword(user.id, NEW_PASSWORD);
    const { url, checks } = await rp.begin();
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(url), { ...user, password: NEW_PASSWORD });
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
  });
});

/** As when a record was lost, or removed by hand: the session and the tokens are still there, and lead to nobody. */
flow('A session whose user is not in the store any more', (gatehouse) => {
  async function orphan() {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse());
    const tokens = await obtainTokens(rp, user, { scope: 'openid offline_access', prompt: 'consent' });
    await gatehouse().gatehouse.store.users.remove(user.id);
    return { user, app, rp, tokens, browser: tokens.browser };
  }

  test('is none to an app that asks silently', async () => {
    const { rp, browser } = await orphan();
    const { url } = await rp.begin({ prompt: 'none' });
    expect(errorOf(await browser.open(url, { stopAt: REDIRECT_URI }))).toBe('login_required');
  });

  test('leads to the sign-in page, where somebody else signs in', async () => {
    const { rp, browser } = await orphan();
    const somebody = await gatehouse().addUser();
    const { url, checks } = await rp.begin();
    const page = await browser.open(url);
    expect(page.status).toBe(200);
    const callback = await signIn(browser, page, somebody);
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(somebody.id);
  });

  test('can be signed out of', async () => {
    const { user, browser } = await orphan();
    const asked = await browser.open(`${gatehouse().issuer}/session/end`);
    expect(asked.status).toBe(200);
    const done = await browser.submit(asked, '/session/end/confirm', { logout: 'yes' });
    expect(done.html).toContain('Sign-out Success');
    expect(await gatehouse().gatehouse.store.sessions.listByAccount(user.id)).toEqual([]);
  });

  test('has tokens that are worth nothing', async () => {
    const { user, app, rp, tokens } = await orphan();
    await expect(client.fetchUserInfo(rp.config, tokens.access_token, user.id)).rejects.toMatchObject({
      status: 401,
    });
    const refreshed = await postForm(
      `${gatehouse().issuer}/token`,
      { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! },
      basic(app),
    );
    expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
