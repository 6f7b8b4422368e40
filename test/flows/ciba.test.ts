import { expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { answer, callCentre, openRequests, requestsOn } from '../support/ciba.js';
import { flow } from '../support/flow.js';

const PENDING = { status: 400, body: { error: 'authorization_pending' } };
const ON = { env: { CIBA: 'on' } };

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
      for (const words of ['Acme Support', 'Order 4711, € 20', '127.0.0.1', 'See your profile', user.login])
        expect(page.html).toContain(words);
      const done = await browser.submit(page, '/approve');
      expect(done.html).toContain('Approved');
    });

    test('thin', async () => {
      const user = await gatehouse().addUser();
      const { ask, redeem } = await callCentre(gatehouse());
      const asked = await ask({ login_hint: user.login });
      await answer(createBrowser(), gatehouse(), user);
      const tokens = await redeem(asked);
      expect(tokens.claims()?.sub).toBe(user.id);
    });
  },
  ON,
);
