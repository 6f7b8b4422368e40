import { describe, expect, test } from '@jest/globals';
import { flow, inParallel } from '../support/flow.js';
import { readRecords } from '../support/raw-records.js';
import { APP_URI, consentPage, manage, register } from '../support/registration.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

flow('Registration that is off, as it is unless somebody switches it on', (gatehouse) => {
  test('there is nothing at its addresses, and nothing about it in the metadata', async () => {
    const { issuer } = gatehouse();
    const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(metadata).not.toHaveProperty('registration_endpoint');
    expect(await register(gatehouse())).toMatchObject({ status: 404, body: { error: 'not_found' } });
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await fetch(`${issuer}/reg/dyn-1`, {
        method,
        headers: { authorization: 'Bearer x' },
      });
      expect(status).toBe(404);
    }
    expect((await fetch(`${issuer}/reg`)).status).toBe(404);
  });
});

flow(
  'Registration by initial access tokens',
  (gatehouse) => {
    const { pass } = stopTheClock();
    const issue = async (quota = 1, seconds = 3600) =>
      gatehouse().gatehouse.initialAccessTokens.add({ name: 'Acme', quota, seconds });
    const refused = { status: 401, body: { error: 'invalid_token' } };

    test('its holder registers so many clients, and then it is worth nothing', async () => {
      const { token, record } = await issue(2);
      const first = await register(gatehouse(), {}, token);
      expect(first.status).toBe(201);
      expect((await register(gatehouse(), {}, token)).status).toBe(201);
      expect(await register(gatehouse(), {}, token)).toMatchObject(refused);
      const stored = await gatehouse().gatehouse.clients.find(first.body.client_id);
      expect(stored?.registration?.initialAccessToken).toBe(record.id);
    });

    test('of parallel registrations with one left exactly one succeeds, and no other client is stored', async () => {
      const { token, record } = await issue();
      const answers = await inParallel(10, () => register(gatehouse(), {}, token));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(9);
      const { clients } = await gatehouse().gatehouse.clients.list({ limit: 1000 });
      expect(
        clients.filter(({ registration }) => registration?.initialAccessToken === record.id),
      ).toHaveLength(1);
    });

    test('an app of its holder is not called one that nobody has checked', async () => {
      const { token } = await issue();
      const { body } = await register(gatehouse(), {}, token);
      const app = { id: body.client_id, secret: body.client_secret };
      expect(await consentPage(gatehouse(), app)).not.toContain('registered itself');
    });

    test('a registration that is refused takes nothing from it', async () => {
      const { token } = await issue();
      const wrong = await register(gatehouse(), { redirect_uris: [`${APP_URI}#x`] }, token);
      expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_redirect_uri' } });
      expect((await register(gatehouse(), {}, token)).status).toBe(201);
    });

    test('it ends at its time, and when the operator removes it; its clients stay', async () => {
      const late = await issue(5, 60);
      const client = await register(gatehouse(), {}, late.token);
      pass(60);
      expect(await register(gatehouse(), {}, late.token)).toMatchObject(refused);
      const removed = await issue(5);
      await gatehouse().gatehouse.initialAccessTokens.remove(removed.record.id);
      expect(await register(gatehouse(), {}, removed.token)).toMatchObject(refused);
      expect(await manage(client.body).read()).toMatchObject({ status: 200 });
    });

    test.each([
      ['none', undefined],
      ['one that never was', 'ghi_unknown'],
      ['something that is no token', 'ghi_ä'],
    ])('with %s nobody registers', async (_which, token) => {
      const answer = await register(gatehouse(), {}, token && encodeURI(token));
      expect(answer).toMatchObject(refused);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    });

    test('the token of a client is none to register with, and the other way round', async () => {
      const { token } = await issue(5);
      const { body } = await register(gatehouse(), {}, token);
      expect(await register(gatehouse(), {}, body.registration_access_token)).toMatchObject(refused);
      expect(await manage(body).read(token)).toMatchObject(refused);
    });

    test('neither token is in the store', async () => {
      const { token } = await issue();
      const { body } = await register(gatehouse(), {}, token);
      const stored = JSON.stringify(await readRecords(gatehouse().gatehouse.config.store.url));
      for (const value of [token, body.registration_access_token, body.client_secret])
        expect(stored).not.toContain(value);
    });
  },
  { env: { REGISTRATION: 'token' }, clock: wallClock },
);

describe('Open registration', () => {
  flow(
    'is limited for each network address',
    (gatehouse) => {
      test('what comes after so many tries waits for the window to end', async () => {
        for (let count = 0; count < 2; count += 1) expect((await register(gatehouse())).status).toBe(201);
        expect((await register(gatehouse(), { redirect_uris: [] })).status).toBe(400);
        const paused = await register(gatehouse());
        expect(paused).toMatchObject({ status: 429, body: { error: 'invalid_request' } });
        expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(0);
      });
    },
    { env: { REGISTRATION: 'open', REGISTRATION_PER_ADDRESS: '3' } },
  );

  flow(
    'is held to its limit under parallel tries',
    (gatehouse) => {
      test('of 30 at once three are let in', async () => {
        const answers = await inParallel(30, () => register(gatehouse()));
        expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
        expect(answers.filter(({ status }) => status === 429)).toHaveLength(27);
      });
    },
    { env: { REGISTRATION: 'open', REGISTRATION_PER_ADDRESS: '3' } },
  );
});
