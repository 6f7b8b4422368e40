import { describe, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import type { Browser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { readRecords } from '../support/raw-records.js';
import {
  REDIRECT_URI,
  obtainTokens,
  relyingParty,
  webApp,
  type RelyingParty,
} from '../support/relying-party.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const MINUTE = 60;
const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
const INVALID_GRANT = { error: 'invalid_grant' };

/** The cookie is sent however old it is: it is for the server to know when its time is over. */
async function isSignedIn(browser: Browser, rp: RelyingParty): Promise<boolean> {
  const { url } = await rp.begin({ prompt: 'none' });
  const { searchParams } = new URL((await browser.open(url, { stopAt: REDIRECT_URI })).url);
  if (searchParams.has('code')) return true;
  expect(searchParams.get('error')).toBe('login_required');
  return false;
}

flow(
  'A session ends by itself',
  (gatehouse) => {
    const clock = stopTheClock();

    const signedIn = async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const { browser } = await obtainTokens(rp, user);
      return { rp, browser };
    };

    test('when the browser was not seen for SESSION_IDLE_LIFETIME; each visit counts anew', async () => {
      const { rp, browser } = await signedIn();
      for (let visit = 0; visit < 3; visit += 1) {
        clock.pass(29 * MINUTE);
        expect(await isSignedIn(browser, rp)).toBe(true);
      }
      clock.pass(31 * MINUTE);
      expect(await isSignedIn(browser, rp)).toBe(false);
    });

    test('when SESSION_LIFETIME is over, however busy the browser was', async () => {
      const { rp, browser } = await signedIn();
      for (let visit = 0; visit < 5; visit += 1) {
        clock.pass(23 * MINUTE);
        expect(await isSignedIn(browser, rp)).toBe(true);
      }
      clock.pass(6 * MINUTE);
      expect(await isSignedIn(browser, rp)).toBe(false);
    });

    test('and a new sign-in starts both anew', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const { browser } = await obtainTokens(rp, user);
      clock.pass(20 * MINUTE);
      await obtainTokens(rp, user, { prompt: 'login' }, { browser });
      for (let visit = 0; visit < 5; visit += 1) {
        clock.pass(22 * MINUTE);
        expect(await isSignedIn(browser, rp)).toBe(true);
      }
    });
  },
  { clock: wallClock, env: { SESSION_IDLE_LIFETIME: '30m', SESSION_LIFETIME: '2h' } },
);

flow(
  'A refresh token that was not used for REFRESH_TOKEN_LIFETIME',
  (gatehouse) => {
    const clock = stopTheClock();

    test('is over', async () => {
      const { rp } = await webApp(gatehouse());
      const { refresh_token } = await obtainTokens(rp, await gatehouse().addUser(), OFFLINE);
      clock.pass(61 * MINUTE);
      await expect(client.refreshTokenGrant(rp.config, refresh_token!)).rejects.toMatchObject(INVALID_GRANT);
    });

    test('of a web app counts from its last use', async () => {
      const { rp } = await webApp(gatehouse());
      let { refresh_token } = await obtainTokens(rp, await gatehouse().addUser(), OFFLINE);
      for (let use = 0; use < 3; use += 1) {
        clock.pass(40 * MINUTE);
        ({ refresh_token } = await client.refreshTokenGrant(rp.config, refresh_token!));
      }
      expect(refresh_token).toEqual(expect.any(String));
    });

    test('of an app in the browser counts from the sign-in: no use prolongs it (RFC 9700 4.14.2)', async () => {
      const app = await gatehouse().addClient({ kind: 'spa', redirectUris: [REDIRECT_URI] });
      const rp = await relyingParty(gatehouse().issuer, { id: app.id });
      const first = await obtainTokens(rp, await gatehouse().addUser(), OFFLINE);
      clock.pass(30 * MINUTE);
      const second = await client.refreshTokenGrant(rp.config, first.refresh_token!);
      clock.pass(29 * MINUTE);
      const third = await client.refreshTokenGrant(rp.config, second.refresh_token!);
      clock.pass(2 * MINUTE);
      await expect(client.refreshTokenGrant(rp.config, third.refresh_token!)).rejects.toMatchObject(
        INVALID_GRANT,
      );
    });
  },
  { clock: wallClock, env: { REFRESH_TOKEN_LIFETIME: '1h' } },
);

flow(
  'The grace of a refresh token',
  (gatehouse) => {
    const clock = stopTheClock();

    const rotated = async () => {
      const { rp } = await webApp(gatehouse());
      const { refresh_token: first } = await obtainTokens(rp, await gatehouse().addUser(), OFFLINE);
      const { refresh_token: second } = await client.refreshTokenGrant(rp.config, first!);
      return {
        refresh: (token: string) => client.refreshTokenGrant(rp.config, token),
        first: first!,
        second: second!,
      };
    };

    test('lets it be used once more while it lasts', async () => {
      const { refresh, first, second } = await rotated();
      clock.pass(4);
      const { refresh_token: another } = await refresh(first);
      const successors = await Promise.all([refresh(another!), refresh(second)]);
      expect(new Set(successors.map(({ refresh_token }) => refresh_token)).size).toBe(2);
    });

    test('is not prolonged by such a use', async () => {
      const { refresh, first } = await rotated();
      clock.pass(4);
      await refresh(first);
      clock.pass(2);
      await expect(refresh(first)).rejects.toMatchObject(INVALID_GRANT);
    });

    test('ends, and a use after it is theft that ends the family', async () => {
      const { refresh, first, second } = await rotated();
      clock.pass(6);
      await expect(refresh(first)).rejects.toMatchObject(INVALID_GRANT);
      await expect(refresh(second)).rejects.toMatchObject(INVALID_GRANT);
    });
  },
  { clock: wallClock, env: { REFRESH_TOKEN_GRACE: '5' } },
);

flow(
  'A grant',
  (gatehouse) => {
    const clock = stopTheClock();
    const DAY = 24 * 60 * MINUTE;

    /** In days from now, for each grant of the app. */
    const livesOfGrants = async (clientId: string) => {
      const records = await readRecords(gatehouse().gatehouse.config.store.url);
      return records
        .filter(({ document }) => document['model'] === 'Grant' && document['clientId'] === clientId)
        .map(({ document }) => (Number(document['expiresAt']) - Date.now()) / 1000 / DAY);
    };

    describe('without offline_access', () => {
      test('lives no longer than its session can', async () => {
        const { app, rp } = await webApp(gatehouse());
        await obtainTokens(rp, await gatehouse().addUser());
        const [life, ...more] = await livesOfGrants(app.id);
        expect(more).toEqual([]);
        expect(life).toBeGreaterThanOrEqual(2);
        expect(life).toBeLessThan(2.1);
      });
    });

    describe('with offline_access', () => {
      test('outlives the session, for 180 days at most however often the refresh token is used', async () => {
        const { rp } = await webApp(gatehouse());
        let { refresh_token } = await obtainTokens(rp, await gatehouse().addUser(), OFFLINE);
        for (let days = 0; days < 175; days += 25) {
          clock.pass(25 * DAY);
          ({ refresh_token } = await client.refreshTokenGrant(rp.config, refresh_token!));
        }
        clock.pass(6 * DAY);
        await expect(client.refreshTokenGrant(rp.config, refresh_token!)).rejects.toMatchObject(
          INVALID_GRANT,
        );
      });
    });
  },
  { clock: wallClock, env: { SESSION_LIFETIME: '2d' } },
);
