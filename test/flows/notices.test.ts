import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { callCentre, openRequests, requestsOn } from '../support/ciba.js';
import { describeOnEachStore, type TestDatabase } from '../support/databases.js';
import { flow } from '../support/flow.js';
import { PASSWORD, startGatehouse, type Instance } from '../support/start.js';
import { listenForNotices, type Webhook } from '../support/webhook.js';

const SECRET = 'ab'.repeat(32);

/** What the log says of notices. */
const noticesIn = ({ logged }: Instance) =>
  logged.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === 'notice');

describeOnEachStore('A person is told that somebody waits for their answer', (createDatabase) => {
  let webhook: Webhook;
  let database: TestDatabase;
  let gatehouse: Instance;
  beforeAll(async () => {
    [webhook, database] = await Promise.all([listenForNotices(), createDatabase()]);
    gatehouse = await startGatehouse(database, {
      env: {
        CIBA: 'on',
        NOTICE_WEBHOOK_URL: webhook.url,
        NOTICE_WEBHOOK_SECRET: SECRET,
        OUTBOUND_ALLOWED_HOSTS: webhook.host,
      },
    });
  });
  afterAll(async () => {
    await gatehouse.stop();
    await Promise.all([webhook.close(), database.drop()]);
  });
  afterEach(() => {
    webhook.received.length = 0;
    webhook.answerWith(204);
  });

  test('by a post to the webhook, signed as Standard Webhooks has it, with an address that leads to the request', async () => {
    const user = await gatehouse.addUser({ username: 'ada.l', email: 'ada.l@example.com' });
    const { app, ask } = await callCentre(gatehouse);
    const asked = await ask({ login_hint: 'ada.l', binding_message: 'Order 4711' });
    const [{ headers, body } = { headers: {}, body: '{}' }] = webhook.received;
    const notice = JSON.parse(body) as { type: string; timestamp: string; data: Record<string, string> };
    expect(notice).toEqual({
      type: 'request_to_answer',
      timestamp: expect.any(String),
      data: {
        user: { id: user.id, email: 'ada.l@example.com', username: 'ada.l' },
        client: { id: app.id, name: 'Acme Support' },
        binding_message: 'Order 4711',
        url: expect.stringContaining(`${gatehouse.issuer}/account/requests/`),
        expires_at: expect.any(String),
      },
    });
    const life = Date.parse(notice.data['expires_at']!) - Date.parse(notice.timestamp);
    expect([headers['content-type'], life <= 600_000, life > 590_000]).toEqual([
      'application/json',
      true,
      true,
    ]);
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const signature = createHmac('sha256', Buffer.from(SECRET, 'hex')).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);

    const browser = createBrowser();
    const signInPage = await browser.open(notice.data['url']!);
    const page = await browser.submit(signInPage, '/sign-in', { login: 'ada.l', password: PASSWORD });
    expect(page.html).toContain('Order 4711');
    const written = body + gatehouse.logged.join('');
    for (const secret of [asked.auth_req_id, SECRET]) expect(written).not.toContain(secret);
  });

  test.each<[what: string, status: number | 'never', headers: Record<string, string>, reason: RegExp]>([
    ['fails', 500, {}, /answered with 500/u],
    ['leads elsewhere', 307, { location: '/elsewhere' }, /answered with 307/u],
    ['does not answer', 'never', {}, /abort|timeout/iu],
  ])(
    'a webhook that %s is in the log, and the request stands all the same',
    async (_what, status, headers, reason) => {
      webhook.answerWith(status, headers);
      const user = await gatehouse.addUser();
      const { ask } = await callCentre(gatehouse);
      await ask({ login_hint: user.login });
      expect(webhook.received).toHaveLength(1);
      const line = noticesIn(gatehouse).at(-1)!;
      expect(line).toMatchObject({ msg: 'notice not delivered', user_id: user.id });
      expect(line['reason']).toMatch(reason);
      expect(requestsOn(await openRequests(createBrowser(), gatehouse, user))).toHaveLength(1);
    },
  );
});

flow(
  'Without a webhook',
  (gatehouse) => {
    test('the log says that somebody waits, and not more than that', async () => {
      const user = await gatehouse().addUser({ email: 'told.nothing@example.com' });
      const { app, ask } = await callCentre(gatehouse());
      await ask({ login_hint: user.login, binding_message: 'Between us' });
      expect(noticesIn(gatehouse())).toMatchObject([
        { kind: 'request_to_answer', user_id: user.id, client_id: app.id, delivery: 'on the page alone' },
      ]);
      expect(gatehouse().logged.join('')).not.toMatch(/told\.nothing|Between us/u);
    });
  },
  { env: { CIBA: 'on' } },
);

flow(
  'A webhook on a private address that the operator has not named',
  (gatehouse) => {
    test('is not called', async () => {
      const user = await gatehouse().addUser();
      const { ask } = await callCentre(gatehouse());
      await ask({ login_hint: user.login });
      expect(String(noticesIn(gatehouse()).at(-1)?.['reason'])).toContain('OUTBOUND_ALLOWED_HOSTS');
    });
  },
  {
    env: { CIBA: 'on', NOTICE_WEBHOOK_URL: 'https://127.0.0.1:9/', NOTICE_WEBHOOK_SECRET: SECRET },
  },
);
