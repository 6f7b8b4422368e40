import { expect, test } from '@jest/globals';
import { createBrowser, formFields, type Browser, type Page } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { rawRequest, type RawAnswer } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI, obtainTokens, signIn, webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

/** A browser that stands before the sign-in page. */
async function atSignIn(gatehouse: Instance) {
  const user = await gatehouse.addUser();
  const { rp } = await webApp(gatehouse);
  const { url, checks } = await rp.begin();
  const browser = createBrowser();
  const page = await browser.open(url);
  return { user, rp, checks, browser, page, ...formFields(page.html, '/sign-in') };
}

const cookieHeader = (browser: Browser) =>
  browser
    .cookies()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');

/** Posts to the form's address what no form would post. */
async function post(
  gatehouse: Instance,
  { browser, action }: { browser: Browser; action: string },
  body: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const { pathname } = new URL(action, gatehouse.issuer);
  return rawRequest(
    gatehouse,
    formPost(pathname, body, { ...asBrowser, cookie: cookieHeader(browser), ...headers }),
  );
}

const asAnswer = (page: Page): RawAnswer => ({
  status: page.status,
  headers: Object.fromEntries(page.headers),
  text: page.html,
});

flow('What is posted in place of the sign-in form', (gatehouse) => {
  test.each<[what: string, body: string, headers: Record<string, string>, status: number, error: string]>([
    [
      'JSON',
      '{"login":"a","password":"b"}',
      { 'content-type': 'application/json' },
      415,
      'unsupported_content_type',
    ],
    [
      'multipart',
      '--x--',
      { 'content-type': 'multipart/form-data; boundary=x' },
      415,
      'unsupported_content_type',
    ],
    ['text', 'login=a', { 'content-type': 'text/plain' }, 415, 'unsupported_content_type'],
    ['no content type', 'login=a', { 'content-type': '' }, 415, 'unsupported_content_type'],
    ['a compressed body that is none', 'login=a', { 'content-encoding': 'gzip' }, 400, 'bad_request'],
    ['an unknown compression', 'login=a', { 'content-encoding': 'x' }, 400, 'bad_request'],
    ['a login of 20 KB', `login=${'x'.repeat(20_000)}&password=b`, {}, 413, 'body_too_large'],
    ['a login of 1 MB', `login=${'x'.repeat(1_000_000)}&password=b`, {}, 413, 'body_too_large'],
    ['a password of 1 MB', `login=a&password=${'x'.repeat(1_000_000)}`, {}, 413, 'body_too_large'],
    ['an operator for a login', 'csrf=CSRF&login[$ne]=&password=b', {}, 400, 'bad_request'],
    ['an operator for a password', 'csrf=CSRF&login=a&password[$ne]=', {}, 400, 'bad_request'],
    ['two logins', 'csrf=CSRF&login=a&login=b&password=c', {}, 400, 'bad_request'],
    ['a list of passwords', 'csrf=CSRF&login=a&password[]=b', {}, 400, 'bad_request'],
    ['NUL in the login', 'csrf=CSRF&login=a%00&password=b', {}, 400, 'bad_request'],
    ['NUL in the password', 'csrf=CSRF&login=a&password=b%00', {}, 400, 'bad_request'],
    ['no token', 'login=a&password=b', {}, 403, 'cross_site_request'],
    ['a wrong token', 'csrf=x&login=a&password=b', {}, 403, 'cross_site_request'],
    ['a token too many', 'csrf=CSRF&csrf=CSRF&login=a&password=b', {}, 400, 'bad_request'],
    [
      'a form of another site',
      'csrf=CSRF&login=a&password=b',
      { origin: 'https://evil.example' },
      403,
      'cross_site_request',
    ],
    [
      'a form of a sibling site',
      'csrf=CSRF&login=a&password=b',
      { 'sec-fetch-site': 'same-site' },
      403,
      'cross_site_request',
    ],
    [
      'a form of a site that hides itself',
      'csrf=CSRF&login=a&password=b',
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      403,
      'cross_site_request',
    ],
  ])('%s is refused', async (_what, body, headers, status, error) => {
    const place = await atSignIn(gatehouse());
    const csrf = place.fields['csrf']!;
    const answer = await post(gatehouse(), place, body.replaceAll('CSRF', csrf), headers);
    expectRefusal(gatehouse(), answer, { status, form: 'page', error });
    await expectAlive(gatehouse());
    const callback = await signIn(place.browser, place.page, place.user);
    expect((await place.rp.finish(callback.url, place.checks)).claims()?.sub).toBe(place.user.id);
  });

  test.each<[what: string, body: string, status: number]>([
    [
      'names of the prototype',
      'csrf=CSRF&__proto__[login]=a&__proto__=b&constructor[prototype][password]=c',
      400,
    ],
    ['nothing in the fields', 'csrf=CSRF&login=+&password=', 400],
    ['2000 fields', `csrf=CSRF&${Array.from({ length: 2000 }, (_, n) => `a${n}`).join('&')}`, 400],
    ['2000 levels', `csrf=CSRF&a${'[a]'.repeat(2000)}=1`, 400],
    ['a lone surrogate', 'csrf=CSRF&login=%ED%A0%80&password=%ED%A0%80', 401],
    ['broken percent-encoding', 'csrf=CSRF&login=%zz&password=%', 401],
    ['a login of 16,000 letters', `csrf=CSRF&login=${'x'.repeat(16_000)}&password=b`, 401],
    ['markup', 'csrf=CSRF&login=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&password=b', 401],
  ])('%s: the page again, with what is wrong in words', async (_what, body, status) => {
    const place = await atSignIn(gatehouse());
    const answer = await post(gatehouse(), place, body.replaceAll('CSRF', place.fields['csrf']!));
    expect(answer.status).toBe(status);
    expect(answer.text).toContain('role="alert"');
    expect(answer.text).toContain('name="password"');
    expect(answer.text).not.toContain('<script>alert');
    expect({}).not.toHaveProperty('login');
  });
});

flow('A sign-in that belongs to another browser', (gatehouse) => {
  test('cannot be seen or continued without its cookie, and the page speaks of cookies', async () => {
    const { page, action, fields } = await atSignIn(gatehouse());
    const other = createBrowser();
    const seen = await other.open(page.url);
    expectRefusal(gatehouse(), asAnswer(seen), { status: 400, form: 'page', error: 'cookies_missing' });
    expect(seen.html).toContain('cookies');
    const posted = await post(gatehouse(), { browser: other, action }, String(new URLSearchParams(fields)));
    expectRefusal(gatehouse(), posted, { status: 400, form: 'page', error: 'cookies_missing' });
  });

  test('cannot be continued with the cookie of one’s own sign-in', async () => {
    const [mine, theirs] = [await atSignIn(gatehouse()), await atSignIn(gatehouse())];
    const body = new URLSearchParams({ ...theirs.fields, login: mine.user.login, password: PASSWORD });
    const answer = await post(gatehouse(), { browser: mine.browser, action: theirs.action }, String(body));
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error: 'sign_in_expired' });
  });

  test('cannot be continued with the token of one’s own form', async () => {
    const [mine, theirs] = [await atSignIn(gatehouse()), await atSignIn(gatehouse())];
    const body = new URLSearchParams({ ...mine.fields, login: mine.user.login, password: PASSWORD });
    const answer = await post(gatehouse(), { browser: theirs.browser, action: theirs.action }, String(body));
    expectRefusal(gatehouse(), answer, { status: 403, form: 'page', error: 'cross_site_request' });
  });

  test('does not take over the person who is signed in: the way back needs its cookie, too', async () => {
    const { page } = await atSignIn(gatehouse());
    const uid = page.url.split('/').pop()!;
    const answer = await rawRequest(gatehouse(), { target: `/oidc/auth/${uid}`, headers: asBrowser });
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page' });
  });
});

flow('A cookie that was tampered with', (gatehouse) => {
  test.each([
    ['gatehouse-interaction', 'x'.repeat(43)],
    ['gatehouse-interaction', '__proto__'],
    ['gatehouse-interaction.sig', 'x'.repeat(27)],
    ['gatehouse-interaction.sig', ''],
  ])(
    '%s=%s: the sign-in is over, and the page does not ask for cookies to be allowed',
    async (name, value) => {
      const place = await atSignIn(gatehouse());
      place.browser.setCookie(name, value);
      const answer = await place.browser.open(place.page.url);
      expectRefusal(gatehouse(), asAnswer(answer), { status: 400, form: 'page', error: 'sign_in_expired' });
    },
  );

  test.each([
    ['gatehouse-resume', 'x'.repeat(43)],
    ['gatehouse-resume.sig', 'x'.repeat(27)],
  ])('%s=%s: the password is right, and yet there is no way back', async (name, value) => {
    const place = await atSignIn(gatehouse());
    place.browser.setCookie(name, value);
    const answer = await place.browser.submit(place.page, '/sign-in', {
      login: place.user.login,
      password: PASSWORD,
    });
    expectRefusal(gatehouse(), asAnswer(answer), { status: 400, form: 'page' });
    expect(await gatehouse().gatehouse.store.sessions.listByAccount(place.user.id)).toEqual([]);
  });

  test.each([
    ['gatehouse', 'x'.repeat(43)],
    ['gatehouse', '__proto__'],
    ['gatehouse.sig', 'x'.repeat(27)],
  ])('%s=%s: nobody is signed in', async (name, value) => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { browser } = await obtainTokens(rp, user);
    browser.setCookie(name, value);
    const { url } = await rp.begin({ prompt: 'none' });
    const callback = await browser.open(url, { stopAt: REDIRECT_URI });
    expect(new URL(callback.url).searchParams.get('error')).toBe('login_required');
  });

  test.each([
    'a; =; ;;;',
    'gatehouse=',
    'gatehouse=%00; gatehouse=%zz',
    'gatehouse=a; gatehouse=b',
    '\u00ff=\u00ff',
  ])('cookies like “%s” are none', async (cookie) => {
    const answer = await rawRequest(gatehouse(), {
      target: '/oidc/interaction/x',
      headers: { ...asBrowser, cookie },
    });
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page' });
  });
});

flow('A sign-in that is over', (gatehouse) => {
  test('the form is posted again after the back button: a page in words, and no second sign-in', async () => {
    const place = await atSignIn(gatehouse());
    await signIn(place.browser, place.page, place.user);
    const again = await place.browser.submit(place.page, '/sign-in', {
      login: place.user.login,
      password: PASSWORD,
    });
    expectRefusal(gatehouse(), asAnswer(again), { status: 400, form: 'page', error: 'sign_in_expired' });
    expect(await gatehouse().gatehouse.store.sessions.listByAccount(place.user.id)).toHaveLength(1);
    const { url, checks } = await place.rp.begin({ prompt: 'none' });
    const callback = await place.browser.open(url, { stopAt: REDIRECT_URI });
    expect((await place.rp.finish(callback.url, checks)).claims()?.sub).toBe(place.user.id);
  });

  test('the sign-in form is posted again at the consent page', async () => {
    const place = await atSignIn(gatehouse());
    const credentials = { login: place.user.login, password: PASSWORD };
    const consent = await place.browser.submit(place.page, '/sign-in', credentials);
    const again = await place.browser.submit(place.page, '/sign-in', credentials);
    expectRefusal(gatehouse(), asAnswer(again), { status: 400, form: 'page', error: 'sign_in_expired' });
    const callback = await place.browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
    expect((await place.rp.finish(callback.url, place.checks)).claims()?.sub).toBe(place.user.id);
  });

  test('it was cancelled', async () => {
    const place = await atSignIn(gatehouse());
    await place.browser.submit(place.page, '/cancel', {}, { stopAt: REDIRECT_URI });
    const again = await place.browser.open(place.page.url);
    expectRefusal(gatehouse(), asAnswer(again), { status: 400, form: 'page', error: 'sign_in_expired' });
  });

  test('a double click on the button signs in once', async () => {
    const place = await atSignIn(gatehouse());
    const credentials = { login: place.user.login, password: PASSWORD };
    const clicks = await Promise.all(
      [1, 2].map(() => place.browser.submit(place.page, '/sign-in', credentials, { stopAt: REDIRECT_URI })),
    );
    expect(
      clicks
        .map(({ status }) => status)
        .toSorted()
        .at(-1),
    ).toBeLessThan(500);
    expect(clicks.some(({ html }) => html.includes('/consent"'))).toBe(true);
  });
});

let now = Date.now();

flow(
  'A sign-in page that was left open for too long',
  (gatehouse) => {
    test('is refused in words, and a new one works', async () => {
      const place = await atSignIn(gatehouse());
      now = Date.now() + 25 * 3600 * 1000;
      const late = await place.browser.submit(place.page, '/sign-in', {
        login: place.user.login,
        password: PASSWORD,
      });
      expectRefusal(gatehouse(), asAnswer(late), { status: 400, form: 'page', error: 'sign_in_expired' });
      now = Date.now();
      expect((await obtainTokens(place.rp, place.user)).claims()?.sub).toBe(place.user.id);
    });
  },
  { clock: () => now },
);

flow('Two tabs of one browser', (gatehouse) => {
  /** Two sign-in pages in one browser. */
  async function twoTabs() {
    const { rp } = await webApp(gatehouse(), { firstParty: true });
    const browser = createBrowser();
    const tab = async () => {
      const { url, checks } = await rp.begin();
      const page = await browser.open(url);
      return {
        checks,
        submit: ({ login }: { login: string }) =>
          browser.submit(page, '/sign-in', { login, password: PASSWORD }, { stopAt: REDIRECT_URI }),
      };
    };
    return { rp, browser, tabs: [await tab(), await tab()] as const };
  }

  test('sign in one after the other, and both arrive', async () => {
    const user = await gatehouse().addUser();
    const { rp, tabs } = await twoTabs();
    for (const { checks, submit } of tabs) {
      expect((await rp.finish((await submit(user)).url, checks)).claims()?.sub).toBe(user.id);
    }
  });

  test('sign in at the same moment, and both arrive', async () => {
    const user = await gatehouse().addUser();
    const { rp, tabs } = await twoTabs();
    const callbacks = await Promise.all(tabs.map(({ submit }) => submit(user)));
    for (const [index, { checks }] of tabs.entries()) {
      expect((await rp.finish(callbacks[index]!.url, checks)).claims()?.sub).toBe(user.id);
    }
  });

  test('sign in as two persons: the second takes over on a page of ours, and the first is gone', async () => {
    const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
    const { rp, browser, tabs } = await twoTabs();
    await tabs[0].submit(ada);
    let page = await tabs[1].submit(grace);
    if (!page.url.startsWith(REDIRECT_URI)) {
      expect(page.html).not.toContain('Submitting Callback');
      page = await browser.submit(page, '/session/end/confirm', {}, { stopAt: REDIRECT_URI });
    }
    expect((await rp.finish(page.url, tabs[1].checks)).claims()?.sub).toBe(grace.id);
    expect(await gatehouse().gatehouse.store.sessions.listByAccount(ada.id)).toEqual([]);
  });

  test('one signs out while the other stands at the consent page: a page in words', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const browser = createBrowser();
    const { url } = await rp.begin();
    const consent = await browser.submit(await browser.open(url), '/sign-in', {
      login: user.login,
      password: PASSWORD,
    });
    const asked = await browser.open(`${gatehouse().issuer}/session/end`);
    await browser.submit(asked, '/session/end/confirm', { logout: 'yes' });
    const late = await browser.submit(consent, '/consent', {}, { stopAt: REDIRECT_URI });
    expectRefusal(gatehouse(), asAnswer(late), { status: 400, form: 'page' });
  });
});
