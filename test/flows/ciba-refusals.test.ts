import { expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { callCentre, CIBA_GRANT, openRequests, requestsOn, theRequest } from '../support/ciba.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { register } from '../support/registration.js';
import { obtainTokens, REDIRECT_URI, webApp } from '../support/relying-party.js';

const ON = { env: { CIBA: 'on' } };
const ADA = 'ada@example.com';

flow(
  'What a client, or somebody who passes for one, asks wrongly (OpenID Connect CIBA Core 1.0, 13)',
  (gatehouse) => {
    type Form = [string, string][];
    const asks = async (form: Form) => (await callCentre(gatehouse())).tryToAsk(form);
    const scope: Form[number] = ['scope', 'openid'];
    const hint: Form[number] = ['login_hint', ADA];

    test.each<[what: string, form: Form, error: string]>([
      ['nothing', [], 'invalid_request'],
      ['nobody', [scope], 'invalid_request'],
      ['an empty hint', [scope, ['login_hint', '']], 'invalid_request'],
      ['two kinds of hint', [scope, hint, ['id_token_hint', 'a.b.c']], 'invalid_request'],
      ['a hint twice', [scope, hint, hint], 'invalid_request'],
      ['a login_hint_token', [scope, ['login_hint_token', 'a.b.c']], 'invalid_request'],
      ['an ID Token that is none', [scope, ['id_token_hint', 'a.b.c']], 'invalid_request'],
      ['somebody unknown', [scope, ['login_hint', 'nobody@example.com']], 'unknown_user_id'],
      ['a name of 5000 letters', [scope, ['login_hint', 'a'.repeat(5000)]], 'unknown_user_id'],
      ['a name that cannot be one', [scope, ['login_hint', 'a\u0000b']], 'unknown_user_id'],
      ['the name of a member', [scope, ['login_hint', '__proto__']], 'unknown_user_id'],
      ['no scope', [hint], 'invalid_request'],
      ['a scope without openid', [hint, ['scope', 'profile']], 'invalid_request'],
      ['a scope with characters that it cannot have', [hint, ['scope', 'openid a"b']], 'invalid_scope'],
      [
        'a service that is not known',
        [hint, scope, ['resource', 'https://other.example/']],
        'invalid_target',
      ],
      [
        'a message of 65 letters',
        [hint, scope, ['binding_message', 'a'.repeat(65)]],
        'invalid_binding_message',
      ],
      ['a message of spaces', [hint, scope, ['binding_message', '   ']], 'invalid_binding_message'],
      ['a message of two lines', [hint, scope, ['binding_message', 'a\nb']], 'invalid_binding_message'],
      [
        'a message that turns around',
        [hint, scope, ['binding_message', 'a\u202eb']],
        'invalid_binding_message',
      ],
      [
        'a message with what is not seen',
        [hint, scope, ['binding_message', 'a\u200bb']],
        'invalid_binding_message',
      ],
      ['a user code', [hint, scope, ['user_code', '1234']], 'invalid_request'],
      ['an expiry of none', [hint, scope, ['requested_expiry', '0']], 'invalid_request'],
      ['an expiry below none', [hint, scope, ['requested_expiry', '-5']], 'invalid_request'],
      ['an expiry that is no number', [hint, scope, ['requested_expiry', 'soon']], 'invalid_request'],
      ['a max_age below zero', [hint, scope, ['max_age', '-1']], 'invalid_request'],
      ['claims that are no JSON', [hint, scope, ['claims', '{']], 'invalid_request'],
      [
        'an authentication that nobody can have, and that is essential',
        [hint, scope, ['claims', '{"id_token":{"acr":{"essential":true,"value":"urn:example:face"}}}']],
        'unmet_authentication_requirements',
      ],
      ['a request object that is none', [['request', 'a.b.c']], 'invalid_request'],
      ['another client', [hint, scope, ['client_id', 'other']], 'invalid_request'],
    ])('%s', async (_what, form, error) => {
      if (!(await gatehouse().gatehouse.users.findByLogin(ADA))) await gatehouse().addUser({ email: ADA });
      const { status, body } = await asks(form);
      expect({ status, error: body['error'] }).toEqual({ status: 400, error });
      expect(String(body['error_description'])).toMatch(/^[ !#-[\]-~]+$/u);
    });

    test.each(['Straße 5 – Zürich', '注文 42', '€ 20,00 (#7)', 'W4SCT'])(
      'the message %s is one that people can compare',
      async (binding_message) => {
        const user = await gatehouse().addUser();
        const { ask } = await callCentre(gatehouse());
        await ask({ login_hint: user.login, binding_message });
        const page = await theRequest(createBrowser(), gatehouse(), user);
        expect(page.html).toContain(binding_message);
      },
    );

    test('an ID Token that was issued to another client names nobody', async () => {
      const user = await gatehouse().addUser();
      const { id_token } = await obtainTokens((await webApp(gatehouse())).rp, user);
      const answer = await asks([scope, ['id_token_hint', id_token!]]);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    });

    test('somebody who is disabled is as unknown as somebody who never was', async () => {
      const user = await gatehouse().addUser();
      await gatehouse().gatehouse.users.disable(user.id);
      const [disabled, never] = [
        await asks([scope, ['login_hint', user.login]]),
        await asks([scope, ['login_hint', 'never@example.com']]),
      ];
      expect(disabled).toMatchObject({ status: 400, body: { error: 'unknown_user_id' } });
      expect(disabled.body).toEqual(never.body);
    });

    test('a wrong secret, no secret, and a client without the grant', async () => {
      const user = await gatehouse().addUser();
      const { app } = await callCentre(gatehouse());
      const form = { scope: 'openid', login_hint: user.login };
      const ask = (headers: Record<string, string>, more = {}) =>
        postForm(`${gatehouse().issuer}/backchannel`, { ...form, ...more }, headers);
      expect(await ask(basic({ ...app, secret: 'wrong' }))).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
      expect((await ask({}, { client_id: app.id })).status).toBe(401);
      const other = await gatehouse().addClient({ kind: 'service' });
      const unauthorized = { status: 400, body: { error: 'unauthorized_client' } };
      expect(await ask(basic(other))).toMatchObject(unauthorized);
      const poll = { grant_type: CIBA_GRANT, auth_req_id: 'x' };
      expect(await postForm(`${gatehouse().issuer}/token`, poll, basic(other))).toMatchObject(unauthorized);
      expect(requestsOn(await openRequests(createBrowser(), gatehouse(), user))).toEqual([]);
    });

    test.each<[what: string, auth_req_id: string, error: string]>([
      ['none', '', 'invalid_request'],
      ['one that was guessed', 'a'.repeat(43), 'invalid_grant'],
      ['one of 30000 letters', 'a'.repeat(30_000), 'invalid_grant'],
      ['the name of a member', '__proto__', 'invalid_grant'],
    ])('tokens for an auth_req_id: %s', async (_what, auth_req_id, error) => {
      const { poll } = await callCentre(gatehouse());
      expect(await poll({ auth_req_id })).toMatchObject({ status: 400, body: { error } });
    });

    test("tokens for another client's auth_req_id: it gets nothing, and costs the owner nothing", async () => {
      const user = await gatehouse().addUser();
      const [own, other] = [await callCentre(gatehouse()), await callCentre(gatehouse())];
      const asked = await own.ask({ login_hint: user.login });
      const browser = createBrowser();
      await browser.submit(await theRequest(browser, gatehouse(), user), '/approve');
      expect(await other.poll(asked)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect((await own.redeem(asked)).claims()?.sub).toBe(user.id);
    });

    test('GET at the endpoint of clients', async () => {
      const answer = await fetch(`${gatehouse().issuer}/backchannel`);
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    });

    test('a refusal stands in the log with its reason, and without what was sent', async () => {
      const login_hint = 'secretly-asked-for@example.com';
      await asks([scope, ['login_hint', login_hint]]);
      const lines = gatehouse().logged.filter((line) => line.includes('backchannel_authentication.error'));
      expect(lines.at(-1)).toContain('unknown_user_id');
      expect(gatehouse().logged.join('')).not.toContain(login_hint);
    });
  },
  ON,
);

flow(
  'A client that names one person after the other',
  (gatehouse) => {
    const unknown = (index: number) => ({ scope: 'openid', login_hint: `guess${index}@example.com` });

    test('of 20 guesses at the same moment five are looked at, and known people are not told apart then', async () => {
      const user = await gatehouse().addUser();
      const { tryToAsk } = await callCentre(gatehouse());
      const answers = await inParallel(20, (index) => tryToAsk(unknown(index)));
      expect(answers.filter(({ body }) => body['error'] === 'unknown_user_id')).toHaveLength(5);
      const late = answers.filter(({ status }) => status === 429);
      expect(late).toHaveLength(15);
      expect(late[0]).toMatchObject({ body: { error: 'temporarily_unavailable' } });
      expect(Number(late[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
      const known = await tryToAsk({ scope: 'openid', login_hint: user.login });
      expect([known.status, known.body]).toEqual([429, late[0]!.body]);
    });

    test('is no trouble for another client, and right names cost nothing', async () => {
      const { tryToAsk } = await callCentre(gatehouse());
      for (let count = 0; count < 8; count += 1) {
        const user = await gatehouse().addUser();
        expect((await tryToAsk({ scope: 'openid', login_hint: user.login })).status).toBe(200);
      }
    });
  },
  { env: { CIBA: 'on', THROTTLE_PER_ADDRESS: '5' } },
);

flow(
  'A person who is asked again and again',
  (gatehouse) => {
    test('is asked three times, by whichever clients, also where they ask at the same moment', async () => {
      const [user, other] = [await gatehouse().addUser(), await gatehouse().addUser()];
      const clients = await inParallel(5, () => callCentre(gatehouse()));
      const form = { scope: 'openid', login_hint: user.login };
      const answers = await Promise.all(clients.map(({ tryToAsk }) => tryToAsk(form)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
      const late = answers.filter(({ status }) => status === 429);
      expect(late).toHaveLength(2);
      expect(Number(late[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(requestsOn(await openRequests(createBrowser(), gatehouse(), user))).toHaveLength(3);
      expect((await clients[0]!.tryToAsk({ ...form, login_hint: other.login })).status).toBe(200);
    });
  },
  { env: { CIBA: 'on', THROTTLE_PER_ACCOUNT: '3' } },
);

flow('Where nothing is said of CIBA', (gatehouse) => {
  const metadata = {
    grant_types: ['authorization_code', 'refresh_token', CIBA_GRANT],
    backchannel_token_delivery_mode: 'poll',
  };

  test('it is off: no endpoint, no grant, no page', async () => {
    const { issuer } = gatehouse();
    const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).text();
    expect(discovery).not.toMatch(/backchannel_(?:auth|token|user)|ciba/u);
    const app = await gatehouse().addClient({ kind: 'service' });
    const asked = await postForm(`${issuer}/backchannel`, { scope: 'openid', login_hint: ADA }, basic(app));
    expect(asked.status).toBe(404);
    expect((await fetch(`${issuer}/backchannel`)).status).toBe(404);
    const polled = await postForm(
      `${issuer}/token`,
      { grant_type: CIBA_GRANT, auth_req_id: 'x' },
      basic(app),
    );
    expect(polled).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    const browser = createBrowser();
    for (const page of [
      'account/requests',
      `account/requests/${'a'.repeat(43)}`,
      'account/signed-in',
      'ciba-sim',
    ])
      expect((await browser.open(`${issuer}/${page}`)).status).toBe(404);
    const signIn = await browser.open(`${issuer}/auth?client_id=~account&request_uri=x`);
    expect(signIn.html).toContain('<code>invalid_client</code>');
  });

  test('no client can be given the grant', async () => {
    const adding = gatehouse().gatehouse.clients.add({
      kind: 'web',
      name: 'App',
      redirectUris: [REDIRECT_URI],
      metadata,
    });
    const reason = `cannot hold ${CIBA_GRANT}: CIBA is off (see the variable CIBA)`;
    await expect(adding).rejects.toMatchObject({ faults: [{ field: 'grant_types', reason }] });
  });

  test('a client that had the grant goes on without it', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse());
    const { clients } = gatehouse().gatehouse.store;
    const record = (await clients.find(app.id))!;
    await clients.update({ ...record, metadata: { ...record.metadata, ...metadata } });
    expect((await obtainTokens(rp, user)).claims()?.sub).toBe(user.id);
  });
});

flow(
  'A client that registers itself',
  (gatehouse) => {
    const backchannel = { backchannel_token_delivery_mode: 'poll' };

    test('cannot have the grant, by which it would reach people who have not come to it', async () => {
      const grant_types = ['authorization_code', CIBA_GRANT];
      expect(await register(gatehouse(), { grant_types, ...backchannel })).toMatchObject({
        status: 400,
        body: {
          error: 'invalid_client_metadata',
          error_description: expect.stringContaining('it is not for apps that register themselves'),
        },
      });
    });

    test('is not heard on what belongs to it (RFC 7591 2)', async () => {
      const { status, body } = await register(gatehouse(), backchannel);
      expect(status).toBe(201);
      expect(body).not.toHaveProperty('backchannel_token_delivery_mode');
    });
  },
  { env: { CIBA: 'on', REGISTRATION: 'open' } },
);

flow(
  'The simulated person of the conformance suite',
  (gatehouse) => {
    const simulate = (query: string) => fetch(`${gatehouse().issuer}/ciba-sim?${query}`);

    test('answers for the person, by what the client has got', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll, redeem } = await callCentre(gatehouse());
      const allowed = await ask({ login_hint: user.login });
      expect((await simulate(`authReqId=${allowed.auth_req_id}&action=allow`)).status).toBe(200);
      expect((await redeem(allowed)).claims()?.sub).toBe(user.id);
      const denied = await ask({ login_hint: user.login });
      expect((await simulate(`authReqId=${denied.auth_req_id}&action=deny`)).status).toBe(200);
      expect(await poll(denied)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
      expect((await simulate(`authReqId=${denied.auth_req_id}&action=allow`)).status).toBe(404);
    });

    test.each([
      ['authReqId=x&action=allow', 404],
      ['authReqId=x&action=maybe', 400],
      ['authReqId=x&action=constructor', 400],
      ['authReqId=x&authReqId=y&action=allow', 400],
      ['', 400],
    ])('?%s is answered with %i', async (query, status) => {
      expect((await simulate(query)).status).toBe(status);
    });
  },
  { env: { PROFILE: 'conformance' } },
);

flow(
  'Outside of the profile conformance',
  (gatehouse) => {
    test('nobody answers for the person, with CIBA on', async () => {
      const user = await gatehouse().addUser();
      const { ask, poll } = await callCentre(gatehouse());
      const { auth_req_id } = await ask({ login_hint: user.login });
      const url = `${gatehouse().issuer}/ciba-sim?authReqId=${auth_req_id}&action=allow`;
      expect((await fetch(url)).status).toBe(404);
      expect(await poll({ auth_req_id })).toMatchObject({ body: { error: 'authorization_pending' } });
    });
  },
  ON,
);
