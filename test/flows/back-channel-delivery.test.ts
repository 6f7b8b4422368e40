import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { listenForLogout, type BackChannel } from '../support/back-channel.js';
import { eventually } from '../support/eventually.js';
import { flow } from '../support/flow.js';
import { obtainTokens, webApp } from '../support/relying-party.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const HOUR_MS = 3_600_000;
/** For so long a process holds the delivery that it is trying. */
const LEASE_MS = 30_000;

flow(
  'A back-channel logout that an app does not take',
  (gatehouse) => {
    const clock = stopTheClock();
    let channel: BackChannel;
    beforeEach(async () => {
      channel = await listenForLogout();
    });
    afterEach(() => channel.close());

    /** Signs somebody out of one app; returns a look at the delivery. */
    const signOut = async () => {
      const user = await gatehouse().addUser();
      const { app, rp } = await webApp(gatehouse(), { backchannelLogoutUri: channel.url });
      await obtainTokens(rp, user);
      await gatehouse().gatehouse.userSessions.endAll(user.id);
      return async () => {
        const { logoutQueue } = gatehouse().gatehouse.store;
        return (await logoutQueue.list({ clientId: app.id, limit: 1 }))[0]!;
      };
    };

    test('is tried with growing pauses for the better part of a working day, and then given up', async () => {
      channel.answerWith(500);
      const look = await signOut();
      const startedAt = Date.now();
      const pauses: number[] = [];
      for (let attempt = 1; ; attempt += 1) {
        const delivery = await eventually(async () => {
          const seen = await look();
          const isUnderWay = seen.dueAt === Date.now() + LEASE_MS;
          return seen.outcome !== undefined || (seen.attempts === attempt && !isUnderWay) ? seen : undefined;
        });
        expect(channel.received).toHaveLength(attempt);
        if (delivery.outcome !== undefined) break;
        pauses.push(delivery.dueAt - Date.now());
        clock.pass(pauses.at(-1)! / 1000);
      }
      expect(await look()).toMatchObject({ outcome: 'given-up', attempts: pauses.length + 1 });
      expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
      expect(Date.now() - startedAt).toBeGreaterThan(6 * HOUR_MS);
      expect(Date.now() - startedAt).toBeLessThan(24 * HOUR_MS);
    }, 60_000);

    test.each([302, 307])('is not followed to where a %i leads', async (status) => {
      const elsewhere = await listenForLogout();
      channel.answerWith(status, { location: elsewhere.url });
      const look = await signOut();
      await eventually(async () => (await look()).lastError);
      expect(channel.received).toHaveLength(1);
      expect(elsewhere.received).toEqual([]);
      await elsewhere.close();
    });
  },
  { clock: wallClock, env: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' } },
);
