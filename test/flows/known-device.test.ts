import { expect, test } from '@jest/globals';
import { createBrowser, type Browser, type Page } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { obtainTokens, REDIRECT_URI, signIn, webApp, type RelyingParty } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

const COOKIE = 'gatehouse-device';
const deviceOf = (browser: Browser) => browser.cookies().find(({ name }) => name === COOKIE);

/** One try on a sign-in page of its own, which asks for a password even if somebody is signed in. */
async function attempt(
  rp: RelyingParty,
  browser: Browser,
  login: string,
  password = PASSWORD,
): Promise<Page> {
  const page = await browser.open((await rp.begin({ prompt: 'login' })).url);
  return signIn(browser, page, { login, password });
}

const isSignedIn = ({ url }: Page) => url.startsWith(REDIRECT_URI);

async function fail(rp: RelyingParty, browser: Browser, login: string, times: number): Promise<void> {
  const page = await browser.open((await rp.begin({ prompt: 'login' })).url);
  for (let count = 0; count < times; count += 1) {
    expect((await signIn(browser, page, { login, password: 'wrong' })).status).toBe(401);
  }
}

/** Somebody who has signed in from a browser. */
async function signedInPerson(gatehouse: Instance) {
  const { rp } = await webApp(gatehouse, { firstParty: true });
  const user = await gatehouse.addUser();
  const { browser } = await obtainTokens(rp, user);
  return { rp, user, browser };
}

// Everything here comes from one address, whose limit stays out of the way.
const env = { THROTTLE_PER_ACCOUNT: '10', THROTTLE_PER_ADDRESS: '10000' };

flow(
  'A browser that a person has signed in from',
  (gatehouse) => {
    test('is not locked out by strangers who guess; browsers that are new are', async () => {
      const { rp, user, browser } = await signedInPerson(gatehouse());
      const stranger = createBrowser();
      await fail(rp, stranger, user.login, 10);
      expect((await attempt(rp, stranger, user.login)).status).toBe(429);
      expect((await attempt(rp, createBrowser(), user.login)).status).toBe(429);
      expect(isSignedIn(await attempt(rp, browser, user.login))).toBe(true);
    });

    test('is still known when its session is gone', async () => {
      const { rp, user, browser } = await signedInPerson(gatehouse());
      for (const { name } of browser.cookies()) if (name !== COOKIE) browser.forget(name);
      await fail(rp, createBrowser(), user.login, 10);
      expect(isSignedIn(await attempt(rp, browser, user.login))).toBe(true);
    });

    test('has ten guesses as well, and then waits, while other devices of that person do not', async () => {
      const { rp, user, browser } = await signedInPerson(gatehouse());
      const phone = (await obtainTokens(rp, user)).browser;
      await fail(rp, browser, user.login, 10);
      const paused = await attempt(rp, browser, user.login);
      expect(paused.status).toBe(429);
      expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(isSignedIn(await attempt(rp, phone, user.login))).toBe(true);
    });

    test('is known to each of the people who share it', async () => {
      const { rp, user: ada, browser } = await signedInPerson(gatehouse());
      const bob = await gatehouse().addUser();
      expect(isSignedIn(await attempt(rp, browser, bob.login))).toBe(true);
      for (const { login } of [ada, bob]) {
        await fail(rp, createBrowser(), login, 10);
        expect(isSignedIn(await attempt(rp, browser, login))).toBe(true);
      }
    });

    test('buys nothing with somebody else’s name', async () => {
      const { rp, browser } = await signedInPerson(gatehouse());
      const victim = await gatehouse().addUser();
      await fail(rp, browser, victim.login, 10);
      expect((await attempt(rp, browser, victim.login)).status).toBe(429);
      expect((await attempt(rp, createBrowser(), victim.login)).status).toBe(429);
    });

    test('gets its cookie only by the right password, and a new password makes it unknown', async () => {
      const { rp, user, browser } = await signedInPerson(gatehouse());
      const guesser = createBrowser();
      await fail(rp, guesser, user.login, 1);
      expect(deviceOf(guesser)).toBeUndefined();
      expect(deviceOf(browser)).toMatchObject({ path: '/' });
      await gatehouse().gatehouse.users.setPassword(user.id, 'another good password');
      await fail(rp, guesser, user.login, 9);
      expect((await attempt(rp, browser, user.login, 'another good password')).status).toBe(429);
    });

    test.each([
      ['made up', () => `${'A'.repeat(22)}~zzzzzz.${'A'.repeat(43)}`],
      ['changed', (value: string) => value.replace(/\../u, (two) => (two === '.A' ? '.B' : '.A'))],
      ['far too long', () => 'A'.repeat(4000)],
      ['no text of ours', () => '%00"~~..'],
    ])('with a cookie that is %s is one like any other, and gets a good one', async (_, change) => {
      const { rp, user, browser } = await signedInPerson(gatehouse());
      browser.setCookie(COOKIE, change(deviceOf(browser)!.value));
      expect(isSignedIn(await attempt(rp, browser, user.login))).toBe(true);
      const good = deviceOf(browser)!.value;
      browser.setCookie(COOKIE, change(good));
      await fail(rp, createBrowser(), user.login, 10);
      expect((await attempt(rp, browser, user.login)).status).toBe(429);
      browser.setCookie(COOKIE, good);
      expect(isSignedIn(await attempt(rp, browser, user.login))).toBe(true);
    });

    test('is told the same about a wrong password as one that is new, and about nobody', async () => {
      const { rp, user, browser } = await signedInPerson(gatehouse());
      const answers = [
        await attempt(rp, browser, user.login, 'wrong'),
        await attempt(rp, createBrowser(), user.login, 'wrong'),
        await attempt(rp, browser, 'nobody.here@example.com', 'wrong'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
      const alerts = answers.map(({ html }) => /role="alert"[\s\S]*?<\/div>/u.exec(html)?.[0]);
      expect(alerts[0]).toBeDefined();
      expect(new Set(alerts).size).toBe(1);
      for (const { headers } of answers)
        expect(headers.getSetCookie().filter((line) => line.includes(COOKIE))).toEqual([]);
    });
  },
  { env },
);
