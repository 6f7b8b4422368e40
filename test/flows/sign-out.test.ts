import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { listenForLogout, type BackChannel } from '../support/back-channel.js';
import { createBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { flow, inParallel } from '../support/flow.js';
import { refuseLogouts } from '../support/refuse-logouts.js';
import { REDIRECT_URI, obtainTokens, webApp } from '../support/relying-party.js';

const AFTER = 'http://localhost:9/signed-out';
const LOOPBACK = { env: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' } };

flow(
  'A person signs out (OpenID Connect RP-Initiated Logout)',
  (gatehouse) => {
    let channel: BackChannel;
    beforeAll(async () => {
      channel = await listenForLogout();
    });
    afterAll(() => channel.close());

    const endSession = (rp: Awaited<ReturnType<typeof webApp>>['rp'], parameters: Record<string, string>) =>
      client.buildEndSessionUrl(rp.config, parameters).href;

    test('asks, ends the session everywhere, tells the other apps, and returns to the app', async () => {
      const user = await gatehouse().addUser();
      const first = await webApp(gatehouse(), { postLogoutRedirectUris: [AFTER] });
      const second = await webApp(gatehouse(), { firstParty: true, backchannelLogoutUri: channel.url });
      const signedIn = await obtainTokens(first.rp, user);
      const { browser } = signedIn;
      const elsewhere = await obtainTokens(second.rp, user, {}, { browser });

      const asked = await browser.open(
        endSession(first.rp, {
          id_token_hint: signedIn.id_token!,
          post_logout_redirect_uri: AFTER,
          state: 'back',
        }),
      );
      expect(asked.html).toContain(user.login);
      const told = channel.waitFor(1);
      const back = await browser.submit(asked, '/session/end/confirm', { logout: 'yes' }, { stopAt: AFTER });
      expect(back.url).toBe(`${AFTER}?state=back`);

      const silent = await first.rp.begin({ prompt: 'none' });
      const refused = await browser.open(silent.url, { stopAt: REDIRECT_URI });
      expect(new URL(refused.url).searchParams.get('error')).toBe('login_required');

      await told;
      const logoutToken = channel.received[0]!;
      expect(decodeProtectedHeader(logoutToken).typ).toBe('logout+jwt');
      const { payload } = await jwtVerify(
        logoutToken,
        createRemoteJWKSet(new URL(`${gatehouse().issuer}/jwks`)),
        {
          issuer: gatehouse().issuer,
          audience: second.app.id,
        },
      );
      expect(payload).toMatchObject({ sid: elsewhere.claims()?.sid, sub: user.id });
      expect(payload).toHaveProperty(['events', 'http://schemas.openid.net/event/backchannel-logout']);
      expect(payload).not.toHaveProperty('nonce');
    });

    test('without an app to return to it ends on a page of our own', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const { browser } = await obtainTokens(rp, user);
      const asked = await browser.open(`${gatehouse().issuer}/session/end`);
      const done = await browser.submit(asked, '/session/end/confirm', { logout: 'yes' });
      expect(done.html).toContain('Sign-out Success');
    });

    test('with nobody signed in the page of our own goes on by itself, with a button where no script runs', async () => {
      const page = await createBrowser().open(`${gatehouse().issuer}/session/end`);
      expect(page.html).toContain('<button');
      expect(page.html).not.toContain('Submitting Callback');
      const browser = createBrowser();
      const done = await browser.submit(
        await browser.open(`${gatehouse().issuer}/session/end`),
        '/session/end/confirm',
      );
      expect(done.html).toContain('Sign-out Success');
    });

    test('"stay signed in" leaves this app alone and keeps the session', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse(), { postLogoutRedirectUris: [AFTER] });
      const { browser, id_token } = await obtainTokens(rp, user);
      const asked = await browser.open(
        endSession(rp, { id_token_hint: id_token!, post_logout_redirect_uri: AFTER }),
      );
      await browser.submit(asked, '/session/end/confirm', {}, { stopAt: AFTER });
      const silent = await rp.begin({ prompt: 'none' });
      const callback = await browser.open(silent.url, { stopAt: REDIRECT_URI });
      expect((await rp.finish(callback.url, silent.checks)).claims()?.sub).toBe(user.id);
    });

    test('"stay signed in" without an address to return to says so, and which app alone has lost its access', async () => {
      const user = await gatehouse().addUser();
      const { app, rp } = await webApp(gatehouse(), { name: 'Larkspur Photos' });
      const { browser, id_token } = await obtainTokens(rp, user);
      const asked = await browser.open(endSession(rp, { id_token_hint: id_token! }));
      const stayed = await browser.submit(asked, '/session/end/confirm');
      expect(new URL(stayed.url).searchParams.get('client_id')).toBe(app.id);
      expect(stayed.html).toContain('You’re still signed in');
      expect(stayed.html).toMatch(/Only the access that .*Larkspur Photos.* has ended/u);
      expect(stayed.html).not.toContain('Sign-out Success');
    });

    test('an address with the id of an app makes the last page claim nothing that is not so', async () => {
      const user = await gatehouse().addUser();
      const { app, rp } = await webApp(gatehouse(), { name: 'Larkspur Photos' });
      const { browser } = await obtainTokens(rp, user);
      const address = `${gatehouse().issuer}/session/end/success?client_id=${app.id}`;
      const signedIn = await browser.open(address);
      expect(signedIn.html).toContain('You’re still signed in');
      expect(signedIn.html).not.toContain('Larkspur Photos');
      const nobody = await createBrowser().open(address);
      expect(nobody.html).toContain('You’re signed out');
      expect(nobody.html).not.toContain('Larkspur Photos');
    });

    test.each([
      [
        'an address that is not registered',
        (id: string) => ({ id_token_hint: id, post_logout_redirect_uri: 'https://evil.example/' }),
      ],
      [
        'a hint that is not ours',
        () => ({ id_token_hint: 'eyJhbGciOiJub25lIn0.e30.', post_logout_redirect_uri: AFTER }),
      ],
    ])('is refused with %s, on an error page', async (_what, parameters) => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse(), { postLogoutRedirectUris: [AFTER] });
      const { browser, id_token } = await obtainTokens(rp, user);
      const page = await browser.open(endSession(rp, parameters(id_token!) as Record<string, string>));
      expect(page.status).toBe(400);
      expect(page.html).toMatch(/<main[^>]* data-error/u);
    });

    test('a logout cannot be forced from another site', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const { browser } = await obtainTokens(rp, user);
      await browser.open(`${gatehouse().issuer}/session/end`);
      const forced = await browser.request(`${gatehouse().issuer}/session/end/confirm`, {
        method: 'POST',
        body: new URLSearchParams({ xsrf: 'guess', logout: 'yes' }),
      });
      expect(forced.status).toBe(400);
      const silent = await rp.begin({ prompt: 'none' });
      const callback = await browser.open(silent.url, { stopAt: REDIRECT_URI });
      expect(new URL(callback.url).searchParams.get('code')).not.toBeNull();
    });

    test('what ended stays ended: requests in flight beside the logout do not bring the session back', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      for (let round = 0; round < 10; round += 1) {
        const { browser } = await obtainTokens(rp, user);
        const asked = await browser.open(`${gatehouse().issuer}/session/end`);
        const cookies = browser.cookies().find(({ name }) => name === 'gatehouse');
        const inFlight = async () => {
          const { url } = await rp.begin({ prompt: 'none' });
          return fetch(url, {
            headers: {
              cookie: browser
                .cookies()
                .map(({ name, value }) => `${name}=${value}`)
                .join('; '),
            },
            redirect: 'manual',
          });
        };
        await Promise.all([
          inParallel(5, inFlight),
          browser.submit(asked, '/session/end/confirm', { logout: 'yes' }),
          inParallel(5, inFlight),
        ]);
        expect(cookies).toBeDefined();
        expect(await gatehouse().gatehouse.store.sessions.listByAccount(user.id)).toEqual([]);
      }
    });

    test('parallel sign-ins of one browser at many apps do not erase each other', async () => {
      const user = await gatehouse().addUser();
      const apps = await Promise.all(
        Array.from({ length: 8 }, () => webApp(gatehouse(), { firstParty: true })),
      );
      const { browser } = await obtainTokens(apps[0]!.rp, user);
      const tokens = await Promise.all(apps.map(({ rp }) => obtainTokens(rp, user, {}, { browser })));
      expect(tokens.map((of) => of.claims()?.sub)).toEqual(apps.map(() => user.id));
      const [session] = await gatehouse().gatehouse.store.sessions.listByAccount(user.id);
      expect(Object.keys(session!.authorizations).toSorted()).toEqual(
        apps.map(({ app }) => app.id).toSorted(),
      );
    });
  },
  LOOPBACK,
);

flow(
  'A back-channel logout that fails',
  (gatehouse) => {
    test('is queued, tried again, and its outcome kept', async () => {
      const channel = await listenForLogout();
      const user = await gatehouse().addUser();
      const { app, rp } = await webApp(gatehouse(), { backchannelLogoutUri: channel.url });
      await obtainTokens(rp, user);
      channel.answerWith(500);
      await gatehouse().gatehouse.userSessions.endAll(user.id);
      await channel.waitFor(1);
      channel.answerWith(204);
      await channel.waitFor(2);
      const outcome = async () =>
        (await gatehouse().gatehouse.store.logoutQueue.list({ clientId: app.id, limit: 10 }))[0];
      await eventually(async () => (await outcome())?.outcome);
      expect(await outcome()).toMatchObject({ outcome: 'delivered', attempts: 2, accountId: user.id });
      await channel.close();
    });
  },
  LOOPBACK,
);

flow(
  'A sign-out everywhere that fails half-way',
  (gatehouse) => {
    test('tells every app exactly once when it is repeated', async () => {
      const channel = await listenForLogout();
      const { store, userSessions, config } = gatehouse().gatehouse;
      const user = await gatehouse().addUser();
      const listening = { firstParty: true, backchannelLogoutUri: channel.url };
      const shop = await webApp(gatehouse(), listening);
      const wiki = await webApp(gatehouse(), listening);
      const { browser } = await obtainTokens(shop.rp, user);
      await obtainTokens(wiki.rp, user, {}, { browser });
      await obtainTokens(shop.rp, user);

      const acceptLogouts = await refuseLogouts(config.store.url);
      await expect(userSessions.endAll(user.id)).rejects.toThrow();
      expect(await store.logoutQueue.list({ accountId: user.id, limit: 10 })).toEqual([]);
      await acceptLogouts();
      await inParallel(3, () => userSessions.endAll(user.id));

      expect(await store.sessions.listByAccount(user.id)).toEqual([]);
      const delivered = async () => {
        const deliveries = await store.logoutQueue.list({ accountId: user.id, limit: 10 });
        return deliveries.length > 0 && deliveries.every(({ outcome }) => outcome === 'delivered');
      };
      for (const deadline = Date.now() + 10_000; !(await delivered()) && Date.now() < deadline;)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await userSessions.endAll(user.id);
      const told = channel.received.map((token) => decodeJwt(token).aud);
      expect(told.toSorted()).toEqual([shop.app.id, shop.app.id, wiki.app.id].toSorted());
      await channel.close();
    });
  },
  LOOPBACK,
);

flow('Back-channel logout to a private address', (gatehouse) => {
  test('is not sent unless the operator allows the host', async () => {
    const channel = await listenForLogout();
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse(), { backchannelLogoutUri: channel.url });
    await obtainTokens(rp, user);
    await gatehouse().gatehouse.userSessions.endAll(user.id);
    const delivery = async () =>
      (await gatehouse().gatehouse.store.logoutQueue.list({ clientId: app.id, limit: 10 }))[0];
    await eventually(async () => (await delivery())?.lastError);
    expect(channel.received).toEqual([]);
    expect((await delivery())?.outcome).toBeUndefined();
    await channel.close();
  });
});
