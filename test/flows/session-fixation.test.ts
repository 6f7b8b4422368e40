import { expect, test } from '@jest/globals';
import { createBrowser, type Browser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { obtainTokens, webApp, type RelyingParty } from '../support/relying-party.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

/** What somebody has who has planted or seen the cookies of this moment. */
function copyOfSession(browser: Browser): string {
  const cookies = browser.cookies().filter(({ name }) => name === 'gatehouse' || name === 'gatehouse.sig');
  expect(cookies).toHaveLength(2);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

async function isSignedIn(cookie: string, rp: RelyingParty): Promise<boolean> {
  const { url } = await rp.begin({ prompt: 'none' });
  const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' });
  const { searchParams } = new URL(answer.headers.get('location')!);
  if (searchParams.has('code')) return true;
  expect(searchParams.get('error')).toBe('login_required');
  return false;
}

flow(
  'A session id from before a sign-in is worth nothing after it',
  (gatehouse) => {
    const clock = stopTheClock();

    test('when nobody was signed in: what was planted in the browser stays nobody’s', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const browser = createBrowser();
      await browser.open(`${gatehouse().issuer}/session/end`);
      const planted = copyOfSession(browser);
      await obtainTokens(rp, user, {}, { browser });
      expect(await isSignedIn(planted, rp)).toBe(false);
      expect(await isSignedIn(copyOfSession(browser), rp)).toBe(true);
    });

    test('when the same person signs in again', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse(), { firstParty: true });
      const { browser } = await obtainTokens(rp, user);
      const seen = copyOfSession(browser);
      expect(await isSignedIn(seen, rp)).toBe(true);
      clock.pass(2);
      await obtainTokens(rp, user, { prompt: 'login' }, { browser });
      expect(await isSignedIn(seen, rp)).toBe(false);
      expect(await isSignedIn(copyOfSession(browser), rp)).toBe(true);
    });

    test('when somebody else signs in', async () => {
      const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
      const { rp } = await webApp(gatehouse(), { firstParty: true });
      const { browser } = await obtainTokens(rp, ada);
      const seen = copyOfSession(browser);
      await obtainTokens(rp, grace, { prompt: 'login' }, { browser });
      expect(await isSignedIn(seen, rp)).toBe(false);
      expect(await isSignedIn(copyOfSession(browser), rp)).toBe(true);
    });
  },
  { clock: wallClock },
);
