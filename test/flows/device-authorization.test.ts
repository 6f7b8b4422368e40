import { expect, test } from '@jest/globals';
import { beforeNext } from '../support/before-next.js';
import { createBrowser, formFields, type Browser, type Page } from '../support/browser.js';
import { flow, inParallel, postForm } from '../support/flow.js';
import { createMeeting } from '../support/meeting.js';
import { obtainTokens, REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';
import { DEVICE_GRANT, enterCode, letIn, tv } from '../support/tv.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const PENDING = { status: 400, body: { error: 'authorization_pending' } };
const SLOW_DOWN = { status: 400, body: { error: 'slow_down' } };

const isDone = ({ html }: Page) => html.includes('Done');
const isRefused = ({ html }: Page) => html.includes('The device was not signed in');
/** What the alert on the page of the code says. */
const problem = ({ html }: Page) => /role="alert"[\s\S]*?<p>([^<]*)/u.exec(html)?.[1];

flow('Device authorization (RFC 8628)', (gatehouse) => {
  test('a device shows a code, a person confirms it, signs in and allows it, and the device gets its tokens', async () => {
    const user = await gatehouse().addUser();
    const { start, redeem } = await tv(gatehouse());
    const started = await start();
    expect(started).toMatchObject({
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/u),
      verification_uri: `${gatehouse().issuer}/device`,
      verification_uri_complete: `${gatehouse().issuer}/device?user_code=${started.user_code}`,
      expires_in: 600,
      interval: 5,
    });

    const browser = createBrowser();
    const confirm = await enterCode(browser, started, started.user_code);
    expect(confirm.html).toContain('Acme TV');
    expect(confirm.html).toContain(started.user_code);
    const signInPage = await browser.submit(confirm, '/device', { confirm: 'yes' });
    expect(signInPage.html).toContain('Acme TV');
    const done = await signIn(browser, signInPage, user);
    expect(isDone(done)).toBe(true);
    expect(done.html).toContain('Acme TV');

    const tokens = await redeem(started);
    expect(tokens.claims()?.sub).toBe(user.id);
    expect(tokens.scope).toBe('openid profile');
  });

  test('the address with the code fills it in, and it still has to be confirmed', async () => {
    const { start } = await tv(gatehouse());
    const started = await start();
    const browser = createBrowser();
    const filledIn = await browser.open(started.verification_uri_complete!);
    expect(filledIn.html).toContain(`value="${started.user_code}"`);
    expect(filledIn.html).not.toContain('Acme TV');
    const confirm = await browser.submit(filledIn, '/device');
    expect(confirm.html).toContain('Acme TV');
    expect(confirm.html).toContain('Go on only if you started this yourself.');
  });

  test('the person sees what asks for what, from where, since when, and on what', async () => {
    const { app } = await tv(gatehouse(), { name: 'Acme Console' });
    const service = 'https://api.example.com/films';
    await gatehouse().gatehouse.services.add(service, {
      name: 'Film archive',
      scopes: [{ name: 'films:watch', description: 'Watch your films' }],
    });
    await gatehouse().gatehouse.clients.update(app.id, { resources: [service] });
    const scope = 'openid email offline_access films:watch';
    const started = await postForm(
      `${gatehouse().issuer}/device/auth`,
      { client_id: app.id, scope, resource: service },
      { 'user-agent': 'AcmeConsole/2 (PlayStation <5>)' },
    );
    const browser = createBrowser();
    const entry = await browser.open(String(started.body['verification_uri_complete']));
    const { html } = await browser.submit(entry, '/device');
    for (const words of [
      'Acme Console',
      'See your email address',
      'Keep this access while you are away',
      'Film archive',
      'Watch your films',
      'AcmeConsole (PlayStation)',
      '127.0.0.1',
      'The network that you are in, too.',
      'second ago',
    ]) {
      expect(html).toContain(words);
    }
  });

  test('who is signed in and has allowed it before only confirms; a refresh token comes with offline_access', async () => {
    const user = await gatehouse().addUser();
    const { start, redeem } = await tv(gatehouse());
    const browser = createBrowser();
    const first = await start({ scope: 'openid profile offline_access' });
    await letIn(browser, first, user);
    expect((await redeem(first)).refresh_token).toEqual(expect.any(String));

    const second = await start();
    const confirm = await enterCode(browser, second, second.user_code.toLowerCase().replace('-', ''));
    expect(isDone(await browser.submit(confirm, '/device', { confirm: 'yes' }))).toBe(true);
    const tokens = await redeem(second);
    expect(tokens.claims()?.sub).toBe(user.id);
    expect(tokens.refresh_token).toBeUndefined();
  });

  test('what does not ask for offline_access ends with the session of the browser that let it in', async () => {
    const user = await gatehouse().addUser();
    const { start, redeem, config } = await tv(gatehouse());
    const started = await start();
    await letIn(createBrowser(), started, user);
    const { access_token } = await redeem(started);
    const asked = () =>
      fetch(config.serverMetadata().userinfo_endpoint!, {
        headers: { authorization: `Bearer ${access_token}` },
      });
    expect((await asked()).status).toBe(200);
    await gatehouse().gatehouse.userSessions.endAll(user.id);
    expect((await asked()).status).toBe(401);
  });

  test('an app with redirect URIs can have the grant besides, and one with a secret must show it', async () => {
    const user = await gatehouse().addUser();
    const both = await tv(gatehouse(), {
      kind: 'native',
      redirectUris: ['http://127.0.0.1/cb'],
      metadata: { grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT] },
    });
    const withSecret = await tv(gatehouse(), { confidential: true });
    for (const { start, redeem } of [both, withSecret]) {
      const started = await start();
      await letIn(createBrowser(), started, user);
      expect((await redeem(started)).claims()?.sub).toBe(user.id);
    }
    const started = await withSecret.start();
    expect(await withSecret.poll(started)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('a person can sign in as somebody else on the way', async () => {
    const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
    const { start, redeem } = await tv(gatehouse());
    const { rp } = await webApp(gatehouse());
    const { browser } = await obtainTokens(rp, ada);
    const started = await start();
    const confirm = await enterCode(browser, started, started.user_code);
    const consent = await browser.submit(confirm, '/device', { confirm: 'yes' });
    expect(consent.html).toContain(ada.login);
    expect(consent.html).toContain('continue on your device');
    const signInPage = await browser.submit(consent, '/switch-account');
    expect(isDone(await signIn(browser, signInPage, grace))).toBe(true);
    expect((await redeem(started)).claims()?.sub).toBe(grace.id);
  });

  test('who signed in as somebody else in another tab is taken over', async () => {
    const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
    const { start, redeem } = await tv(gatehouse());
    const browser = createBrowser();
    const started = await start();
    const confirm = await enterCode(browser, started, started.user_code);
    const signInPage = await browser.submit(confirm, '/device', { confirm: 'yes' });
    await obtainTokens((await webApp(gatehouse())).rp, ada, {}, { browser });
    const between = await signIn(browser, signInPage, grace);
    expect(between.html).not.toContain('Your browser does not support JavaScript');
    const consent = between.html.includes('/session/end/confirm"')
      ? await browser.submit(between, '/session/end/confirm')
      : between;
    const done = consent.html.includes('/consent"') ? await browser.submit(consent, '/consent') : consent;
    expect(isDone(done)).toBe(true);
    expect((await redeem(started)).claims()?.sub).toBe(grace.id);
  });
});

flow('A device that is not let in', (gatehouse) => {
  test.each<[what: string, refuse: (browser: Browser, confirm: Page) => Promise<Page>]>([
    ['on the page that asks', (browser, page) => browser.submit(page, '/device', { abort: 'yes' })],
    [
      'on the sign-in page',
      async (browser, page) =>
        browser.submit(await browser.submit(page, '/device', { confirm: 'yes' }), '/cancel'),
    ],
  ])('is told so when the person refuses %s', async (_where, refuse) => {
    const { start, poll } = await tv(gatehouse());
    const started = await start();
    const browser = createBrowser();
    const refused = await refuse(browser, await enterCode(browser, started, started.user_code));
    expect(isRefused(refused)).toBe(true);
    expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    const again = await enterCode(createBrowser(), started, started.user_code);
    expect([again.status, problem(again)]).toEqual([400, expect.stringContaining('used already')]);
  });

  test('when the session ends while it is being let in', async () => {
    const user = await gatehouse().addUser();
    const { start, poll } = await tv(gatehouse(), { firstParty: true });
    const { browser } = await obtainTokens((await webApp(gatehouse())).rp, user);
    const started = await start({ scope: 'openid offline_access' });
    const confirm = await enterCode(browser, started, started.user_code);
    const hasEnded = beforeNext(gatehouse().gatehouse.store.sessions, ['update'], () =>
      gatehouse().gatehouse.userSessions.endAll(user.id),
    );
    const page = await browser.submit(confirm, '/device', { confirm: 'yes' });
    expect(hasEnded()).toBe(true);
    expect(isDone(page)).toBe(false);
    expect([page.status, page.html.includes('This sign-in is over')]).toEqual([400, true]);
    expect(page.html).toContain(`href="${started.verification_uri}"`);
    expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('when the user was disabled after letting it in', async () => {
    const user = await gatehouse().addUser();
    const { start, poll } = await tv(gatehouse());
    const started = await start({ scope: 'openid offline_access' });
    await letIn(createBrowser(), started, user);
    await gatehouse().gatehouse.users.disable(user.id);
    expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

flow('What a device, or somebody who passes for one, asks wrongly', (gatehouse) => {
  test('clients that are not for it are told so (RFC 8628 3.1, RFC 6749 5.2)', async () => {
    const web = await gatehouse().addClient({ kind: 'web', redirectUris: [REDIRECT_URI] });
    const native = await gatehouse().addClient({ kind: 'native', redirectUris: ['http://127.0.0.1/cb'] });
    const spa = await gatehouse().addClient({ kind: 'spa', redirectUris: [REDIRECT_URI] });
    const credentials = (app: { id: string; secret: string }) => ({
      client_id: app.id,
      ...(app.secret === '' ? {} : { client_secret: app.secret }),
    });
    for (const app of [web, native, spa]) {
      const started = await postForm(`${gatehouse().issuer}/device/auth`, credentials(app));
      expect(started).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
      const form = { ...credentials(app), grant_type: DEVICE_GRANT, device_code: 'x' };
      const polled = await postForm(`${gatehouse().issuer}/token`, form);
      expect(polled).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    }
  });

  test.each<[what: string, form: [string, string][], status: number, error: string]>([
    ['no client', [], 400, 'invalid_request'],
    ['an unknown client', [['client_id', 'unknown']], 401, 'invalid_client'],
    ['a scope with characters that it cannot have', [['scope', 'a"b']], 400, 'invalid_scope'],
    ['a service that is not known', [['resource', 'https://other.example/']], 400, 'invalid_target'],
    ['a service that is no URI', [['resource', 'films']], 400, 'invalid_target'],
    [
      'scope twice',
      [
        ['scope', 'openid'],
        ['scope', 'email'],
      ],
      400,
      'invalid_request',
    ],
    [
      'a claims parameter that is no JSON',
      [
        ['claims', '{'],
        ['scope', 'openid'],
      ],
      400,
      'invalid_request',
    ],
    ['a request object that is none', [['request', 'a.b.c']], 400, 'invalid_request_object'],
    [
      'a max_age below zero',
      [
        ['max_age', '-1'],
        ['scope', 'openid'],
      ],
      400,
      'invalid_request',
    ],
  ])('a device authorization request with %s', async (_what, form, status, error) => {
    const { app } = await tv(gatehouse());
    const named = form.length === 0 || form.some(([name]) => name === 'client_id');
    const answer = await postForm(`${gatehouse().issuer}/device/auth`, [
      ...(named ? [] : [['client_id', app.id] as [string, string]]),
      ...form,
    ]);
    expect(answer).toMatchObject({ status, body: { error } });
  });

  test.each<[what: string, form: Record<string, string>, status: number, error: string]>([
    ['no code', { device_code: '' }, 400, 'invalid_request'],
    ['a code that was guessed', { device_code: 'a'.repeat(43) }, 400, 'invalid_grant'],
    ['a code of 30000 letters', { device_code: 'a'.repeat(30_000) }, 400, 'invalid_grant'],
    ['the name of a member', { device_code: '__proto__' }, 400, 'invalid_grant'],
    ['no client', { client_id: '' }, 400, 'invalid_request'],
  ])('a poll with %s', async (_what, form, status, error) => {
    const { start, poll } = await tv(gatehouse());
    expect(await poll(await start(), form)).toMatchObject({ status, body: { error } });
  });

  test("a poll for another client's code, or with the user code, gets nothing and costs the owner nothing", async () => {
    const user = await gatehouse().addUser();
    const [own, other] = [await tv(gatehouse()), await tv(gatehouse())];
    const started = await own.start();
    await letIn(createBrowser(), started, user);
    const nothing = { status: 400, body: { error: 'invalid_grant' } };
    expect(await other.poll(started)).toMatchObject(nothing);
    expect(await own.poll({ device_code: started.user_code })).toMatchObject(nothing);
    expect((await own.redeem(started)).claims()?.sub).toBe(user.id);
  });

  test('GET at the endpoint of devices', async () => {
    const answer = await fetch(`${gatehouse().issuer}/device/auth`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });
});

flow('What is typed in wrongly', (gatehouse) => {
  test.each([
    ['nothing', '', 'Type in the code'],
    ['spaces', '   ', 'There is no such code'],
    ['a code that was guessed', 'BCDF-GHJK', 'There is no such code'],
    ['a text of 5000 letters', 'B'.repeat(5000), 'There is no such code'],
    ['HTML', '"><script>alert(1)</script>', 'There is no such code'],
    ['the name of a member', '__proto__', 'There is no such code'],
  ])('%s is said to be wrong, and can be tried again', async (_what, typed, words) => {
    const { start } = await tv(gatehouse());
    const started = await start();
    const browser = createBrowser();
    const wrong = await enterCode(browser, started, typed);
    expect([wrong.status, problem(wrong)]).toEqual([400, expect.stringContaining(words)]);
    expect(wrong.html).not.toContain('<script>alert');
    const confirm = await browser.submit(wrong, '/device', { user_code: started.user_code });
    expect(confirm.html).toContain('Acme TV');
  });

  test.each(['?user_code=%22%3E%3Cscript%3E', '?user_code=a&user_code=b', '?user_code[]=a', '?user_code='])(
    'an address that ends in %s shows the empty field',
    async (query) => {
      const page = await createBrowser().open(`${gatehouse().issuer}/device${query}`);
      expect([page.status, problem(page)]).toEqual([200, undefined]);
      expect(page.html).toMatch(/name="user_code"[^>]* value=""/u);
    },
  );

  test('a form of another tab, of another browser, or sent twice is not accepted', async () => {
    const { start } = await tv(gatehouse());
    const started = await start();
    const browser = createBrowser();
    const older = await browser.open(started.verification_uri);
    await browser.open(started.verification_uri);
    const typed = { user_code: started.user_code };
    const stale = await browser.submit(older, '/device', typed);
    expect([stale.status, problem(stale)]).toEqual([400, expect.stringContaining('too old')]);
    expect(stale.html).toContain(`value="${started.user_code}"`);
    const foreign = await createBrowser().submit(older, '/device', typed);
    expect(foreign.status).toBe(400);
    expect(foreign.html).toContain('didn’t send the cookie');
    const again = formFields(older.html, '/device');
    expect(foreign.html).toContain(`href="${again.action}"`);

    const { fields } = formFields(stale.html, '/device');
    const twice = await browser.request(started.verification_uri, {
      method: 'POST',
      body: new URLSearchParams([...Object.entries(fields), ['user_code', 'BCDF-GHJK']]),
    });
    expect(twice.status).toBe(400);
    expect(twice.html).not.toContain('Acme TV');
  });

  test('a form from another site is refused', async () => {
    const { start } = await tv(gatehouse());
    const started = await start();
    const browser = createBrowser();
    const { fields } = formFields((await browser.open(started.verification_uri)).html, '/device');
    const answer = await browser.request(started.verification_uri, {
      method: 'POST',
      body: new URLSearchParams({ ...fields, user_code: started.user_code }),
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    expect(answer.html).toContain('data-error');
  });

  test('a way back that was not begun here leads to an error page', async () => {
    const page = await createBrowser().open(`${gatehouse().issuer}/device/some-uid`);
    expect(page.status).toBe(400);
    expect(page.html).toContain('data-error');
    expect(gatehouse().logged.join('')).not.toContain('some-uid');
  });
});

flow(
  'Guessing codes',
  (gatehouse) => {
    const paused = (page: Page) => {
      expect([page.status, problem(page)]).toEqual([429, expect.stringContaining('Try again in')]);
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    };

    test('of 20 codes that are tried from one address at the same moment, in 20 browsers, five are looked at', async () => {
      const { start } = await tv(gatehouse());
      const started = await start();
      const ready = await inParallel(20, async () => {
        const browser = createBrowser();
        return { browser, page: await browser.open(started.verification_uri) };
      });
      const answers = await Promise.all(
        ready.map(({ browser, page }) => browser.submit(page, '/device', { user_code: 'BCDF-GHJK' })),
      );
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(5);
      answers.filter(({ status }) => status !== 400).forEach(paused);
      // The right one, too, and to whoever comes from there.
      paused(await enterCode(createBrowser(), started, started.user_code));
    });
  },
  { env: { THROTTLE_PER_ADDRESS: '5' } },
);

flow(
  'Guessing codes while signed in',
  (gatehouse) => {
    test('is counted by account, whichever browser it is in', async () => {
      const user = await gatehouse().addUser();
      const { start } = await tv(gatehouse());
      const started = await start();
      const { rp } = await webApp(gatehouse());
      for (let count = 0; count < 3; count += 1) {
        const { browser } = await obtainTokens(rp, user);
        expect((await enterCode(browser, started, 'BCDF-GHJK')).status).toBe(400);
      }
      const { browser } = await obtainTokens(rp, user);
      expect((await enterCode(browser, started, started.user_code)).status).toBe(429);
      const another = await enterCode(createBrowser(), started, started.user_code);
      expect(another.html).toContain('Acme TV');
    });
  },
  { env: { THROTTLE_PER_ACCOUNT: '3', THROTTLE_PER_ADDRESS: '10000' } },
);

flow('A code that is looked at again and again', (gatehouse) => {
  test('ends after ten times, and the device is told', async () => {
    const { start, poll } = await tv(gatehouse());
    const started = await start();
    for (let count = 0; count < 10; count += 1) {
      expect((await enterCode(createBrowser(), started, started.user_code)).html).toContain('Acme TV');
    }
    const worn = await enterCode(createBrowser(), started, started.user_code);
    expect([worn.status, problem(worn)]).toEqual([400, expect.stringContaining('used already')]);
    expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
  });
});

flow('Of many steps at the same moment one is made', (gatehouse) => {
  test('of ten polls for a code that was approved one gets tokens, and they are good', async () => {
    const user = await gatehouse().addUser();
    const { start, poll, config } = await tv(gatehouse());
    const started = await start();
    await letIn(createBrowser(), started, user);
    const answers = await inParallel(10, () => poll(started));
    const got = answers.filter(({ status }) => status === 200);
    expect(got).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(SLOW_DOWN);
    const claims = await fetch(config.serverMetadata().userinfo_endpoint!, {
      headers: { authorization: `Bearer ${String(got[0]!.body['access_token'])}` },
    });
    expect(claims.status).toBe(200);
  });

  test('of four persons who confirm or refuse one code one is heard', async () => {
    const { start, poll } = await tv(gatehouse());
    const started = await start();
    const ready = await inParallel(4, async () => {
      const browser = createBrowser();
      return { browser, page: await enterCode(browser, started, started.user_code) };
    });
    // All of them have found the code as it was before any changes it.
    const { artifacts } = gatehouse().gatehouse.store;
    const meet = createMeeting(4);
    const met = ready.map(() => beforeNext(artifacts, ['swap'], meet));
    const answers = await Promise.all(
      ready.map(({ browser, page }, index) =>
        browser.submit(page, '/device', index % 2 === 0 ? { confirm: 'yes' } : { abort: 'yes' }),
      ),
    );
    expect(met.every((has) => has())).toBe(true);
    const signingIn = answers.filter(({ html }) => html.includes('name="password"'));
    const refused = answers.filter(isRefused);
    expect(signingIn.length + refused.length).toBe(1);
    expect(answers.filter((page) => problem(page)?.includes('used already'))).toHaveLength(3);
    const expected = refused.length === 1 ? 'access_denied' : 'authorization_pending';
    expect(await poll(started)).toMatchObject({ status: 400, body: { error: expected } });
  });

  test('of four ways back with one answer one lets the device in, and the others do it no harm', async () => {
    const user = await gatehouse().addUser();
    const { start, redeem } = await tv(gatehouse());
    const started = await start();
    const browser = createBrowser();
    const { rp } = await webApp(gatehouse());
    await obtainTokens(rp, user, {}, { browser });
    const confirm = await enterCode(browser, started, started.user_code);
    const consent = await browser.submit(confirm, '/device', { confirm: 'yes' });
    const { action, fields } = formFields(consent.html, '/consent');
    const allowed = await browser.request(new URL(action, consent.url).href, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: new URL(consent.url).origin },
    });
    const wayBack = allowed.headers.get('location')!;
    const pages = await inParallel(4, () => browser.open(wayBack));
    expect(pages.filter(isDone)).toHaveLength(1);
    for (const page of pages) if (!isDone(page)) expect(page.status).toBe(400);
    expect((await redeem(started)).claims()?.sub).toBe(user.id);
  });
});

flow(
  'The pace of a device (RFC 8628 3.5)',
  (gatehouse) => {
    const clock = stopTheClock();

    test('every five seconds is well; who comes earlier waits five seconds longer, each time', async () => {
      const { start, poll } = await tv(gatehouse());
      const started = await start();
      for (let count = 0; count < 3; count += 1) {
        expect(await poll(started)).toMatchObject(PENDING);
        clock.pass(5);
      }
      expect(await poll(started)).toMatchObject(PENDING);
      clock.pass(2);
      expect(await poll(started)).toMatchObject(SLOW_DOWN);
      clock.pass(5);
      expect(await poll(started)).toMatchObject(SLOW_DOWN);
      clock.pass(10);
      expect(await poll(started)).toMatchObject(SLOW_DOWN);
      clock.pass(20);
      expect(await poll(started)).toMatchObject(PENDING);
      clock.pass(20);
      expect(await poll(started)).toMatchObject(PENDING);
    });

    test('a code that was redeemed buys nothing more, and ends what was got for it (RFC 6749 4.1.2)', async () => {
      const user = await gatehouse().addUser();
      const { start, redeem, poll, config } = await tv(gatehouse());
      const started = await start();
      await letIn(createBrowser(), started, user);
      const { access_token } = await redeem(started);
      const asked = () =>
        fetch(config.serverMetadata().userinfo_endpoint!, {
          headers: { authorization: `Bearer ${access_token}` },
        });
      expect(await poll(started)).toMatchObject(SLOW_DOWN);
      expect((await asked()).status).toBe(200);
      clock.pass(10);
      expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect((await asked()).status).toBe(401);
    });

    test('another code of the same client has a pace of its own', async () => {
      const { start, poll } = await tv(gatehouse());
      const [first, second] = [await start(), await start()];
      expect(await poll(first)).toMatchObject(PENDING);
      expect(await poll(second)).toMatchObject(PENDING);
      expect(await poll(first)).toMatchObject(SLOW_DOWN);
      clock.pass(5);
      expect(await poll(second)).toMatchObject(PENDING);
    });

    test('a code that is over is said to be, to the device and to the person', async () => {
      const { start, poll } = await tv(gatehouse());
      const started = await start();
      const browser = createBrowser();
      const page = await browser.open(started.verification_uri);
      clock.pass(599);
      expect(await poll(started)).toMatchObject(PENDING);
      clock.pass(1);
      for (const later of [0, 60, 400]) {
        clock.pass(later);
        expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'expired_token' } });
      }
      const expired = await browser.submit(page, '/device', { user_code: started.user_code });
      expect([expired.status, problem(expired)]).toEqual([400, expect.stringContaining('too old')]);
    });
  },
  { clock: wallClock },
);

flow(
  'DEVICE_CODE_LIFETIME',
  (gatehouse) => {
    test('says how long a device waits', async () => {
      const { start } = await tv(gatehouse());
      expect(await start()).toMatchObject({ expires_in: 90 });
    });
  },
  { env: { DEVICE_CODE_LIFETIME: '90s' } },
);
