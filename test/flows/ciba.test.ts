import { expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as client from 'openid-client';
import { beforeNext } from '../support/before-next.js';
import { createBrowser, type Page } from '../support/browser.js';
import { answer, callCentre, CIBA_GRANT, openRequests, requestsOn, theRequest } from '../support/ciba.js';
import { eventually } from '../support/eventually.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { createMeeting } from '../support/meeting.js';
import { obtainTokens, relyingParty, webApp } from '../support/relying-party.js';
import { PASSWORD } from '../support/start.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const refusal = (error: string) => ({ status: 400, body: { error } });
const PENDING = refusal('authorization_pending');
const SLOW_DOWN = refusal('slow_down');
const ON = { env: { CIBA: 'on' } };

const isApproved = ({ html }: Page) => html.includes('You approved this request');
const isRefused = ({ html }: Page) => html.includes('You refused the request');
const isNotThere = ({ status, html }: Page) =>
  status === 404 && html.includes('There is no page at this address');

flow(
  'A client asks, and a person approves on a page of their account (OpenID Connect CIBA Core 1.0)',
  (gatehouse) => {
    test('the person signs in to their account, sees who asks for what, approves, and the client gets its tokens', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login, binding_message: 'Order 4711, € 20' });
      expect(asked).toMatchObject({ auth_req_id: expect.any(String), expires_in: 600, interval: 5 });
      expect(await poll(asked)).toMatchObject(PENDING);

      const browser = createBrowser();
      const list = await openRequests(browser, gatehouse(), user);
      expect(list.html).toContain('Acme Support');
      const page = await browser.open(requestsOn(list)[0]!);
      const seen = ['Acme Support', 'Order 4711, € 20', '127.0.0.1', 'See your profile', user.login];
      for (const words of seen) expect(page.html).toContain(words);
      expect(isApproved(await browser.submit(page, '/approve'))).toBe(true);

      expect((await openRequests(browser, gatehouse(), user)).html).toContain('Nobody is waiting for you.');
    });

    test('the tokens say when and how the person signed in, to whom they were issued, and for whom', async () => {
      const user = await gatehouse().addUser();
      const { app, ask, redeem } = await callCentre(gatehouse());
      const browser = createBrowser();
      await openRequests(browser, gatehouse(), user);
      const asked = await ask({
        login_hint: user.login,
        claims: JSON.stringify({ id_token: { birthdate: null, auth_time: { essential: true }, acr: null } }),
      });
      await answer(browser, gatehouse(), user);
      const tokens = await redeem(asked);
      const [session] = await gatehouse().gatehouse.store.sessions.listByAccount(user.id);
      expect(tokens.claims()).toMatchObject({
        sub: user.id,
        aud: app.id,
        auth_time: session!.payload['loginTs'],
        acr: 'urn:gatehouse:acr:password',
        amr: ['pwd'],
      });
      expect(tokens.scope).toBe('openid profile');
      expect(tokens.refresh_token).toBeUndefined();
    });

    test.each<[what: string, spelling: (user: { login: string }) => string]>([
      ['an email in capitals', ({ login }) => login.toUpperCase()],
      ['spaces around it', ({ login }) => `  ${login} `],
    ])('a hint is read as sign-in reads a name: %s', async (_what, spelling) => {
      const user = await gatehouse().addUser();
      const { ask } = await callCentre(gatehouse());
      await ask({ login_hint: spelling(user) });
      expect(requestsOn(await openRequests(createBrowser(), gatehouse(), user))).toHaveLength(1);
    });

    test('a hint can be a user name, or an ID Token of ours', async () => {
      const user = await gatehouse().addUser({ username: 'grace', email: 'grace@example.com' });
      const { ask, redeem } = await callCentre(gatehouse());
      const first = await ask({ login_hint: 'Grace' });
      const browser = createBrowser();
      await answer(browser, gatehouse(), user);
      const { id_token } = await redeem(first);
      const second = await ask({ id_token_hint: id_token! });
      await answer(browser, gatehouse(), user);
      expect((await redeem(second)).claims()?.sub).toBe(user.id);
    });

    test('what is asked of a service is shown in words, and is what the token is for', async () => {
      const user = await gatehouse().addUser();
      const resource = 'https://api.example.com/accounts';
      await gatehouse().gatehouse.services.add(resource, {
        name: 'Bank accounts',
        scopes: [
          { name: 'accounts:read', description: 'See your bank accounts' },
          { name: 'accounts:close', description: 'Close your bank accounts' },
        ],
      });
      const { ask, redeem } = await callCentre(gatehouse(), { resources: [resource] });
      const scope = 'openid email offline_access accounts:read';
      const asked = await ask({ login_hint: user.login, scope, resource });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      for (const words of [
        'Bank accounts',
        'See your bank accounts',
        'See your email address',
        'while you are away',
      ])
        expect(page.html).toContain(words);
      expect(page.html).not.toContain('Close your bank accounts');
      await browser.submit(page, '/approve');
      const tokens = await redeem(asked, { resource });
      expect(tokens.refresh_token).toEqual(expect.any(String));
      const [, payload] = tokens.access_token.split('.');
      expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
        aud: resource,
        scope: 'accounts:read',
        sub: user.id,
      });
    });

    test('single things (RFC 9396) are shown with their values, and are in the token', async () => {
      const user = await gatehouse().addUser();
      const resource = 'https://api.example.com/payments';
      const fields = [{ name: 'amount', label: 'Amount in euros', kind: 'number' as const, required: true }];
      const payment = { type: 'acme_payment', description: 'Pay once', fields };
      await gatehouse().gatehouse.services.add(resource, { name: 'Acme Bank', detailsTypes: [payment] });
      const { ask, redeem, tryToAsk } = await callCentre(gatehouse(), { resources: [resource] });
      const form = (details: object) => ({
        ...{ scope: 'openid', login_hint: user.login, resource },
        authorization_details: JSON.stringify([details]),
      });
      const details = { type: 'acme_payment', amount: 850 };
      // The provider hears of a new type within seconds.
      const asked = await eventually(() => ask(form(details)));
      const incomplete = await tryToAsk(form({ type: 'acme_payment' }));
      expect(incomplete).toMatchObject(refusal('invalid_authorization_details'));
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      for (const words of ['Acme Bank', 'Pay once', 'Amount in euros', '850'])
        expect(page.html).toContain(words);
      await browser.submit(page, '/approve');
      const { access_token, authorization_details } = await redeem(asked, { resource });
      const [, payload] = access_token.split('.');
      expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
        aud: resource,
        authorization_details: [details],
      });
      expect(authorization_details).toEqual([details]);
    });

    test('what was approved is not remembered: the next request waits again, and a sign-in asks for consent', async () => {
      const user = await gatehouse().addUser();
      const asking = await callCentre(gatehouse(), {
        kind: 'web',
        redirectUris: ['http://localhost:9/callback'],
        metadata: { grant_types: ['authorization_code', CIBA_GRANT] },
      });
      const browser = createBrowser();
      const first = await asking.ask({ login_hint: user.login });
      await answer(browser, gatehouse(), user);
      await asking.redeem(first);
      const second = await asking.ask({ login_hint: user.login });
      expect(await asking.poll(second)).toMatchObject(PENDING);
      const { url } = await (await relyingParty(gatehouse().issuer, asking.app)).begin();
      expect((await browser.open(url)).html).toContain('/consent"');
    });

    test('one of our own apps waits for its person like any other, also where it has no other grant', async () => {
      const user = await gatehouse().addUser();
      const { ask, redeem } = await callCentre(gatehouse(), {
        firstParty: true,
        metadata: { grant_types: [CIBA_GRANT] },
      });
      const asked = await ask({ login_hint: user.login });
      await answer(createBrowser(), gatehouse(), user);
      expect((await redeem(asked)).claims()?.sub).toBe(user.id);
    });

    test('what was got outlives the session of the browser, by one access token at most, and no more than the user', async () => {
      const user = await gatehouse().addUser();
      const { userSessions, store } = gatehouse().gatehouse;
      const { ask, redeem, config } = await callCentre(gatehouse(), {
        refreshTokenWithoutOfflineAccess: true,
      });
      const asked = await ask({ login_hint: user.login });
      await answer(createBrowser(), gatehouse(), user);
      const { access_token, refresh_token } = await redeem(asked);
      expect(refresh_token).toBeUndefined();
      await userSessions.end((await store.sessions.listByAccount(user.id))[0]!.uid);
      expect((await client.fetchUserInfo(config, access_token, user.id)).sub).toBe(user.id);
      await userSessions.endAll(user.id);
      await expect(client.fetchUserInfo(config, access_token, user.id)).rejects.toMatchObject({
        status: 401,
      });
    });

    test('a signed request is taken, and of a client that signs nothing else (CIBA 7.1.1)', async () => {
      const user = await gatehouse().addUser();
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
      const { app, tryToAsk, redeem } = await callCentre(gatehouse(), {
        metadata: { jwks, backchannel_authentication_request_signing_alg: 'ES256' },
      });
      const sign = (claims: Record<string, string>, audience = gatehouse().issuer) =>
        new SignJWT({ scope: 'openid', login_hint: user.login, ...claims })
          .setProtectedHeader({ alg: 'ES256', kid: 'one' })
          .setIssuer(app.id)
          .setAudience(audience)
          .setIssuedAt()
          .setNotBefore('0s')
          .setExpirationTime('5m')
          .setJti(crypto.randomUUID())
          .sign(privateKey);
      const plain = await tryToAsk({ scope: 'openid', login_hint: user.login });
      expect(plain).toMatchObject(refusal('invalid_request'));
      const foreign = await tryToAsk({ request: await sign({}, 'https://other.example') });
      expect(foreign).toMatchObject(refusal('invalid_request'));
      const { status, body } = await tryToAsk({ request: await sign({ binding_message: 'W4SCT' }) });
      expect(status).toBe(200);
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      expect(page.html).toContain('W4SCT');
      await browser.submit(page, '/approve');
      const asked = body as unknown as Parameters<typeof redeem>[0];
      expect((await redeem(asked)).claims()?.sub).toBe(user.id);
    });

    test('discovery says what is so', async () => {
      const metadata = (await (
        await fetch(`${gatehouse().issuer}/.well-known/openid-configuration`)
      ).json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({
        backchannel_authentication_endpoint: `${gatehouse().issuer}/backchannel`,
        backchannel_token_delivery_modes_supported: ['poll', 'ping'],
        backchannel_user_code_parameter_supported: false,
        backchannel_authentication_request_signing_alg_values_supported: expect.arrayContaining(['ES256']),
        grant_types_supported: expect.arrayContaining([CIBA_GRANT]),
      });
    });
  },
  ON,
);

flow(
  'Who sees a request, and who can answer it',
  (gatehouse) => {
    const ada = () => gatehouse().addUser();
    const nameOf = (page: Page) => new URL(page.url).pathname.split('/').at(-1)!;

    test('who opens its address without being signed in signs in first, and comes back to it', async () => {
      const user = await ada();
      const { ask } = await callCentre(gatehouse());
      await ask({ login_hint: user.login, binding_message: 'First' });
      await ask({ login_hint: user.login, binding_message: 'Second' });
      const addresses = requestsOn(await openRequests(createBrowser(), gatehouse(), user));
      expect(addresses).toHaveLength(2);
      const browser = createBrowser();
      const signInPage = await browser.open(addresses[0]!);
      expect(signInPage.html).toContain('name="password"');
      expect(signInPage.html).toContain('This leads to your Gatehouse account.');
      expect(signInPage.html).not.toContain('Second');
      const page = await browser.submit(signInPage, '/sign-in', { login: user.login, password: PASSWORD });
      expect([page.url, page.status]).toEqual([addresses[0], 200]);
      expect(page.html).toContain('/approve"');
    });

    test('who is signed in by an app is signed in to the account, too', async () => {
      const user = await ada();
      const { browser } = await obtainTokens((await webApp(gatehouse())).rp, user);
      const { ask } = await callCentre(gatehouse());
      await ask({ login_hint: user.login });
      const list = await browser.open(`${gatehouse().issuer}/account/requests`);
      expect(requestsOn(list)).toHaveLength(1);
    });

    test('another person is told that there is no such page, as for a name that was made up', async () => {
      const [user, other] = [await ada(), await ada()];
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const page = await theRequest(createBrowser(), gatehouse(), user);
      const stranger = createBrowser();
      expect(requestsOn(await openRequests(stranger, gatehouse(), other))).toEqual([]);
      const madeUp = page.url.replace(nameOf(page), 'a'.repeat(43));
      for (const url of [page.url, madeUp, page.url.slice(0, -1), `${page.url}x`])
        expect(isNotThere(await stranger.open(url))).toBe(true);
      // Not by the form either, which a stranger has from a request of their own.
      await (await callCentre(gatehouse())).ask({ login_hint: other.login });
      const own = await theRequest(stranger, gatehouse(), other);
      const forged = { ...own, html: own.html.replaceAll(nameOf(own), nameOf(page)) };
      expect(isNotThere(await stranger.submit(forged, '/approve'))).toBe(true);
      expect(isNotThere(await stranger.submit(forged, '/deny'))).toBe(true);
      expect(await poll(asked)).toMatchObject(PENDING);
    });

    test('a name that was made up is no way to have somebody sign in for nothing', async () => {
      const page = await createBrowser().open(`${gatehouse().issuer}/account/requests/made-up`);
      expect(isNotThere(page)).toBe(true);
    });

    test('what the client holds opens nothing for the person, nor the other way round', async () => {
      const user = await ada();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      expect(page.html).not.toContain(asked.auth_req_id);
      expect(
        isNotThere(await browser.open(`${gatehouse().issuer}/account/requests/${asked.auth_req_id}`)),
      ).toBe(true);
      expect(await poll({ auth_req_id: nameOf(page) })).toMatchObject(refusal('invalid_grant'));
    });

    test.each<
      [what: string, fields: Record<string, string>, headers: Record<string, string>, status: number]
    >([
      ['no token', { csrf: '' }, {}, 403],
      ['the token of another page', { csrf: 'x'.repeat(43) }, {}, 403],
      ['another site as its origin', {}, { origin: 'https://evil.example' }, 403],
      ['another site as its source', {}, { 'sec-fetch-site': 'cross-site' }, 403],
      ['a body that is no form', {}, { 'content-type': 'application/json' }, 415],
    ])('an answer with %s changes nothing', async (_what, fields, headers, status) => {
      const user = await ada();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      const csrf = /name="csrf" value="([^"]+)"/u.exec(page.html)![1]!;
      const posted = await browser.request(`${page.url}/approve`, {
        method: 'POST',
        body: new URLSearchParams({ csrf, ...fields }),
        headers: { 'sec-fetch-site': 'same-origin', ...headers },
      });
      expect(posted.status).toBe(status);
      expect(await poll(asked)).toMatchObject(PENDING);
    });

    test('an answer of somebody who has signed out meanwhile changes nothing', async () => {
      const user = await ada();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      browser.forget();
      const answered = await browser.submit(page, '/approve');
      expect([answered.status, answered.html.includes('This sign-in is over')]).toEqual([400, true]);
      expect(await poll(asked)).toMatchObject(PENDING);
    });

    test('a link to the page approves nothing: it takes a press on the button', async () => {
      const user = await ada();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      expect(isNotThere(await browser.open(`${page.url}/approve`))).toBe(true);
      expect(await poll(asked)).toMatchObject(PENDING);
    });

    test('who does not sign in after all is taken to the front page', async () => {
      const browser = createBrowser();
      const signInPage = await browser.open(`${gatehouse().issuer}/account/requests`);
      const page = await browser.submit(signInPage, '/cancel');
      expect([page.url, page.status]).toEqual([gatehouse().issuer, 200]);
    });

    test('the way back from a sign-in leads to pages of the account alone', async () => {
      const browser = createBrowser();
      const lead = async (state: string) =>
        (
          await browser.request(`${gatehouse().issuer}/account/signed-in?state=${encodeURIComponent(state)}`)
        ).headers.get('location');
      expect(await lead('requests')).toBe('/oidc/account/requests');
      for (const state of [
        '//evil.example',
        'https://evil.example',
        '../../auth',
        'requests/../x',
        'requests/\n',
      ])
        expect(await lead(state)).toBe(gatehouse().issuer);
    });

    test('nobody else can use the account as a client', async () => {
      const query = `client_id=~account&response_type=code&scope=openid&code_challenge_method=S256&code_challenge=${'a'.repeat(43)}`;
      const redirect = encodeURIComponent(`${gatehouse().issuer}/account/signed-in`);
      const page = await createBrowser().open(
        `${gatehouse().issuer}/auth?${query}&redirect_uri=${redirect}`,
        {
          stopAt: `${gatehouse().issuer}/account`,
        },
      );
      expect(page.url).toContain('error=invalid_request');
      const secret = 'none: nothing is equal to it, since there is no record of this client';
      const form = { grant_type: 'client_credentials' };
      const token = await postForm(`${gatehouse().issuer}/token`, form, basic({ id: '~account', secret }));
      expect(token).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    });
  },
  ON,
);

flow(
  'A request that comes to nothing',
  (gatehouse) => {
    test('the person refuses, and the client is told so, once', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      expect(isRefused(await browser.submit(page, '/deny'))).toBe(true);
      expect(isRefused(await browser.submit(page, '/approve'))).toBe(true);
      expect(await poll(asked)).toMatchObject(refusal('access_denied'));
    });

    test('the user is disabled after approving', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login, scope: 'openid offline_access' });
      await answer(createBrowser(), gatehouse(), user);
      await gatehouse().gatehouse.users.disable(user.id);
      expect(await poll(asked)).toMatchObject(refusal('invalid_grant'));
    });

    test('the session ends after approving, by sign-out or on all devices', async () => {
      const user = await gatehouse().addUser();
      const { userSessions, store } = gatehouse().gatehouse;
      const { ask, poll } = await callCentre(gatehouse());
      const ends = [
        async () => userSessions.end((await store.sessions.listByAccount(user.id))[0]!.uid),
        async () => userSessions.endAll(user.id),
      ];
      for (const end of ends) {
        const asked = await ask({ login_hint: user.login, scope: 'openid offline_access' });
        await answer(createBrowser(), gatehouse(), user);
        await end();
        expect(await poll(asked)).toMatchObject(refusal('invalid_grant'));
      }
    });

    test('all sessions end while the person approves', async () => {
      const user = await gatehouse().addUser();
      const { artifacts } = gatehouse().gatehouse.store;
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      const hasEnded = beforeNext(artifacts, ['swap'], () =>
        gatehouse().gatehouse.userSessions.endAll(user.id),
      );
      const answered = await browser.submit(page, '/approve');
      expect(hasEnded()).toBe(true);
      expect(isApproved(answered)).toBe(false);
      expect(await poll(asked)).toMatchObject(refusal('invalid_grant'));
      const left = await artifacts.listByAccount({ model: 'Grant', accountId: user.id, limit: 10 });
      expect(left).toEqual([]);
    });

    test('the client is removed: the person finds nothing any more', async () => {
      const user = await gatehouse().addUser();
      const { app, ask } = await callCentre(gatehouse());
      await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      await gatehouse().gatehouse.clients.remove(app.id);
      expect(isNotThere(await browser.submit(page, '/approve'))).toBe(true);
      expect(requestsOn(await openRequests(browser, gatehouse(), user))).toEqual([]);
    });
  },
  ON,
);

flow(
  'Of many answers at the same moment one counts, and of many polls one gets tokens',
  (gatehouse) => {
    /** Posts all of these when all of them have found the request as it was. */
    async function answerAtOnce(decisions: ('approve' | 'deny')[]) {
      const user = await gatehouse().addUser();
      const asking = await callCentre(gatehouse());
      const asked = await asking.ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      const { artifacts } = gatehouse().gatehouse.store;
      const meet = createMeeting(decisions.length);
      const met = decisions.map(() => beforeNext(artifacts, ['swap'], meet));
      const pages = await Promise.all(decisions.map((decision) => browser.submit(page, `/${decision}`)));
      expect(met.every((has) => has())).toBe(true);
      const grants = await artifacts.listByAccount({ model: 'Grant', accountId: user.id, limit: 10 });
      const own = grants.filter(({ clientId }) => clientId === asking.app.id);
      return { ...asking, asked, pages, grants: own.length };
    }

    test('approve, four times: all are told that it is approved, and there is one grant', async () => {
      const { pages, grants, redeem, asked } = await answerAtOnce([
        'approve',
        'approve',
        'approve',
        'approve',
      ]);
      expect(pages.every(isApproved)).toBe(true);
      expect(grants).toBe(1);
      expect((await redeem(asked)).access_token).toEqual(expect.any(String));
    });

    test('approve and refuse, twice each: one decides, and all of them are told what', async () => {
      const { pages, grants, poll, asked } = await answerAtOnce(['approve', 'deny', 'approve', 'deny']);
      const approved = pages.every(isApproved);
      expect(approved || pages.every(isRefused)).toBe(true);
      expect(grants).toBe(approved ? 1 : 0);
      const polled = await poll(asked);
      expect(polled).toMatchObject(approved ? { status: 200 } : refusal('access_denied'));
    });

    test('of ten polls one gets tokens, and they are good', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll, config } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      await answer(createBrowser(), gatehouse(), user);
      const answers = await inParallel(10, () => poll(asked));
      const got = answers.filter(({ status }) => status === 200);
      expect(got).toHaveLength(1);
      for (const one of answers) if (one.status !== 200) expect(one).toMatchObject(SLOW_DOWN);
      const claims = await client.fetchUserInfo(config, String(got[0]!.body['access_token']), user.id);
      expect(claims.sub).toBe(user.id);
    });
  },
  ON,
);

flow(
  'The pace and the age of a request',
  (gatehouse) => {
    const clock = stopTheClock();

    test('every five seconds is well; who comes earlier waits five seconds longer', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      expect(await poll(asked)).toMatchObject(PENDING);
      clock.pass(5);
      expect(await poll(asked)).toMatchObject(PENDING);
      clock.pass(2);
      expect(await poll(asked)).toMatchObject(SLOW_DOWN);
      clock.pass(5);
      expect(await poll(asked)).toMatchObject(SLOW_DOWN);
      clock.pass(15);
      expect(await poll(asked)).toMatchObject(PENDING);
    });

    test('an auth_req_id that was redeemed buys nothing more, and ends what was got for it', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll, redeem, config } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      await answer(createBrowser(), gatehouse(), user);
      const { access_token } = await redeem(asked);
      const claims = await client.fetchUserInfo(config, access_token, user.id);
      expect(claims.sub).toBe(user.id);
      clock.pass(10);
      expect(await poll(asked)).toMatchObject(refusal('invalid_grant'));
      await expect(client.fetchUserInfo(config, access_token, user.id)).rejects.toMatchObject({
        status: 401,
      });
    });

    test('a request that is over is said to be, to the client and to the person, and is then forgotten', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      clock.pass(599);
      expect(await poll(asked)).toMatchObject(PENDING);
      clock.pass(1);
      for (const later of [0, 60, 400]) {
        clock.pass(later);
        expect(await poll(asked)).toMatchObject(refusal('expired_token'));
      }
      const late = await browser.submit(page, '/approve');
      expect([late.status, late.html.includes('is too old')]).toEqual([200, true]);
      expect(await poll(asked)).toMatchObject(refusal('expired_token'));
      expect(requestsOn(await openRequests(browser, gatehouse(), user))).toEqual([]);
      clock.pass(200);
      expect(isNotThere(await browser.open(page.url))).toBe(true);
      expect(await poll(asked)).toMatchObject(refusal('invalid_grant'));
    });

    test.each(['30', '0'])(
      'a client that wants a sign-in not older than %s seconds (max_age) gets one',
      async (max_age) => {
        const user = await gatehouse().addUser();
        const { ask, redeem } = await callCentre(gatehouse());
        const browser = createBrowser();
        await openRequests(browser, gatehouse(), user);
        clock.pass(60);
        const asked = await ask({ login_hint: user.login, max_age });
        const signInPage = await theRequest(browser, gatehouse(), user);
        expect(signInPage.html).toContain('sign in again as');
        clock.pass(10);
        const page = await browser.submit(signInPage, '/sign-in', { login: user.login, password: PASSWORD });
        const signedInAt = Math.floor(Date.now() / 1000);
        expect(isApproved(await browser.submit(page, '/approve'))).toBe(true);
        expect((await redeem(asked)).claims()?.auth_time).toBe(signedInAt);
      },
    );

    test('an approval that comes by a sign-in that is too old for the client does not count', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const browser = createBrowser();
      await ask({ login_hint: user.login });
      const page = await theRequest(browser, gatehouse(), user);
      clock.pass(60);
      const asked = await ask({ login_hint: user.login, max_age: '30' });
      const list = await openRequests(browser, gatehouse(), user);
      const address = requestsOn(list).find((one) => one !== page.url)!;
      const forged = {
        ...page,
        html: page.html.replaceAll(new URL(page.url).pathname, new URL(address).pathname),
      };
      expect((await browser.submit(forged, '/approve')).html).toContain('name="password"');
      expect(await poll(asked)).toMatchObject(PENDING);
    });

    test.each([
      ['60', 60],
      ['1', 1],
      ['86400', 600],
    ])(
      'requested_expiry %s is heard up to the longest that there is: %i',
      async (requested_expiry, expires_in) => {
        const user = await gatehouse().addUser();
        const { ask, poll } = await callCentre(gatehouse());
        const asked = await ask({ login_hint: user.login, requested_expiry });
        expect(asked.expires_in).toBe(expires_in);
        clock.pass(expires_in);
        expect(await poll(asked)).toMatchObject(refusal('expired_token'));
      },
    );
  },
  { ...ON, clock: wallClock },
);

flow(
  'Where every client must push its requests (REQUIRE_PAR)',
  (gatehouse) => {
    test('people sign in to their account all the same', async () => {
      const user = await gatehouse().addUser();
      expect((await openRequests(createBrowser(), gatehouse(), user)).html).toContain('Nobody is waiting');
    });
  },
  { env: { CIBA: 'on', REQUIRE_PAR: 'yes' } },
);
