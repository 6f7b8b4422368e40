import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { beforeNext } from '../support/before-next.js';
import { api, introspect } from '../support/api.js';
import { createBrowser } from '../support/browser.js';
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT, exchange, ownToken, scene } from '../support/exchange.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { obtainTokens, relyingParty, signIn, webApp } from '../support/relying-party.js';
import { stopTheClock, wallClock } from '../support/wall-clock.js';

const FORMATS = ['jwt', 'opaque'] as const;
const REFUSED = { status: 400, body: { error: 'invalid_request' } };

flow('Token exchange (RFC 8693)', (gatehouse) => {
  test.each(FORMATS)(
    'an API that was called for a person, by a token of the format %s, calls another one for them',
    async (format) => {
      const { stock, orders, user, token } = await scene(gatehouse(), { orders: format, stock: 'jwt' });
      const { status, body, headers } = await exchange(gatehouse(), orders.app, {
        subject_token: token,
        resource: stock.resource,
        scope: stock.read,
      });
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(body).toEqual({
        access_token: expect.any(String),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        scope: stock.read,
      });
      const claims = decodeJwt(String(body['access_token']));
      expect(claims).toMatchObject({
        iss: gatehouse().issuer,
        sub: user.id,
        aud: stock.resource,
        client_id: orders.app.id,
        scope: stock.read,
      });
      expect(claims).not.toHaveProperty('act');
      expect(await introspect(gatehouse(), stock.app, body['access_token'])).toMatchObject({
        active: true,
        sub: user.id,
        client_id: orders.app.id,
      });
    },
  );

  test.each(FORMATS)(
    'with an actor token the new one, of the format %s, says who acts (4.1)',
    async (format) => {
      const { stock, orders, user, token } = await scene(gatehouse(), { orders: 'jwt', stock: format }, {});
      const { body } = await exchange(gatehouse(), orders.app, {
        subject_token: token,
        actor_token: await ownToken(gatehouse(), orders.app),
        audience: stock.resource,
        scope: stock.read,
      });
      expect(await introspect(gatehouse(), stock.app, body['access_token'])).toMatchObject({
        active: true,
        sub: user.id,
        client_id: orders.app.id,
        act: { sub: orders.app.id },
      });
    },
  );

  test.each(FORMATS)(
    'who acted before stays in a token of the format %s, whoever acts next',
    async (format) => {
      const { stock, orders, user, token } = await scene(gatehouse(), { orders: 'jwt', stock: format }, {});
      const prices = await api(gatehouse(), format);
      const to = (target: typeof prices, impersonation: boolean) => ({
        tokenExchange: { audiences: [stock.resource], targets: [target.resource], impersonation },
      });
      await gatehouse().gatehouse.clients.update(stock.app.id, to(prices, true));
      const first = await exchange(gatehouse(), orders.app, {
        subject_token: token,
        actor_token: await ownToken(gatehouse(), orders.app),
        resource: stock.resource,
      });
      const subject_token = String(first.body['access_token']);
      const actor_token = await ownToken(gatehouse(), stock.app);
      const delegated = await exchange(gatehouse(), stock.app, {
        subject_token,
        actor_token,
        resource: prices.resource,
      });
      expect(await introspect(gatehouse(), prices.app, delegated.body['access_token'])).toMatchObject({
        sub: user.id,
        client_id: stock.app.id,
        act: { sub: stock.app.id, act: { sub: orders.app.id } },
      });
      const impersonated = await exchange(gatehouse(), stock.app, {
        subject_token,
        resource: prices.resource,
      });
      expect(await introspect(gatehouse(), prices.app, impersonated.body['access_token'])).toMatchObject({
        sub: user.id,
        act: { sub: orders.app.id },
      });
    },
  );

  test('the actor token may be a JWT for a service as well', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' }, {});
    await gatehouse().gatehouse.clients.update(orders.app.id, { resources: [stock.resource] });
    const actor_token = await ownToken(gatehouse(), orders.app, stock.resource);
    expect(decodeJwt(actor_token)).not.toHaveProperty('grant_id');
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      actor_token,
      resource: stock.resource,
    });
    expect(decodeJwt(String(body['access_token']))).toMatchObject({ act: { sub: orders.app.id } });
  });

  test('a person can be the one who acts: the token that they got of the client shows them', async () => {
    const { stock, app, rp, user, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    await gatehouse().gatehouse.clients.update(app.id, {
      tokenExchange: { clients: [app.id], targets: [stock.resource] },
    });
    const staff = await gatehouse().addUser();
    const { access_token: actor_token } = await obtainTokens(rp, staff, { scope: 'openid' });
    const { body } = await exchange(gatehouse(), app, {
      subject_token: token,
      actor_token,
      resource: stock.resource,
    });
    expect(decodeJwt(String(body['access_token']))).toMatchObject({
      sub: user.id,
      client_id: app.id,
      act: { sub: staff.id },
    });
  });

  test('an app that names who may act says so in its tokens (4.4), and introspection tells', async () => {
    const { orders, app, rp, stock, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    expect(decodeJwt(token)).not.toHaveProperty('may_act');
    await gatehouse().gatehouse.clients.update(app.id, { mayAct: orders.app.id });
    const user = await gatehouse().addUser();
    const { access_token } = await obtainTokens(
      rp,
      user,
      { scope: 'openid', resource: orders.resource },
      { tokenParameters: { resource: orders.resource } },
    );
    expect(await introspect(gatehouse(), orders.app, access_token)).toMatchObject({
      may_act: { sub: orders.app.id },
    });
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: access_token,
      resource: stock.resource,
    });
    expect(decodeJwt(String(body['access_token']))).toMatchObject({ sub: user.id });
    expect(decodeJwt(String(body['access_token']))).not.toHaveProperty('may_act');
  });

  test('without a scope there is none at another service, and at its own what the token has', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    const ask = (resource: string) =>
      exchange(gatehouse(), orders.app, { subject_token: token, resource, audience: resource });
    expect((await ask(stock.resource)).body).not.toHaveProperty('scope');
    const { clients } = gatehouse().gatehouse;
    await clients.update(orders.app.id, {
      tokenExchange: { audiences: [orders.resource], targets: [orders.resource], impersonation: true },
    });
    expect((await ask(orders.resource)).body).toMatchObject({ scope: orders.read });
  });

  test('a client of the library that apps use can do it', async () => {
    const { stock, orders, user, token } = await scene(gatehouse(), { orders: 'opaque', stock: 'opaque' });
    const { config } = await relyingParty(gatehouse().issuer, orders.app);
    const tokens = await client.genericGrantRequest(config, EXCHANGE_GRANT, {
      subject_token: token,
      subject_token_type: ACCESS_TOKEN_TYPE,
      requested_token_type: ACCESS_TOKEN_TYPE,
      resource: stock.resource,
      scope: stock.write,
    });
    expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      sub: user.id,
      scope: stock.write,
    });
  });

  test('a person whom the app knows by a pairwise subject is known to the next service as before', async () => {
    const { stock, orders, user, token } = await scene(
      gatehouse(),
      { orders: 'jwt', stock: 'jwt' },
      { impersonation: true },
      { metadata: { subject_type: 'pairwise' } },
    );
    expect(decodeJwt(token).sub).not.toBe(user.id);
    expect(await introspect(gatehouse(), orders.app, token)).toMatchObject({ active: true });
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      resource: stock.resource,
    });
    expect(decodeJwt(String(body['access_token'])).sub).toBe(user.id);
  });

  test('many exchanges of one token at once all succeed', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'opaque', stock: 'opaque' });
    const answers = await inParallel(12, () =>
      exchange(gatehouse(), orders.app, { subject_token: token, resource: stock.resource }),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(answers.length);
  });

  test('it is logged once: who, for whom, at what; never a token', async () => {
    const { stock, orders, app, user, token } = await scene(gatehouse(), {
      orders: 'opaque',
      stock: 'opaque',
    });
    const actor_token = await ownToken(gatehouse(), orders.app);
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      actor_token,
      resource: stock.resource,
      scope: stock.read,
    });
    const lines = gatehouse().logged.filter(
      (line) => line.includes('token_exchange') && line.includes(user.id),
    );
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        event: 'token_exchange',
        client_id: orders.app.id,
        sub: user.id,
        subject_client_id: app.id,
        actor: orders.app.id,
        resource: stock.resource,
        scope: stock.read,
      }),
    ]);
    for (const secret of [token, actor_token, String(body['access_token'])]) {
      expect(gatehouse().logged.filter((line) => line.includes(secret))).toEqual([]);
    }
  });
});

flow(
  'How long an exchanged token lives',
  (gatehouse) => {
    const clock = stopTheClock();

    test.each(FORMATS)('no longer than the %s that it was exchanged for', async (format) => {
      const { stock, orders, token } = await scene(gatehouse(), { orders: format, stock: 'opaque' });
      const ask = () => exchange(gatehouse(), orders.app, { subject_token: token, resource: stock.resource });
      clock.pass(590);
      const { body } = await ask();
      expect(body['expires_in']).toBe(10);
      const active = async () => (await introspect(gatehouse(), stock.app, body['access_token']))['active'];
      expect(await active()).toBe(true);
      clock.pass(10);
      expect(await active()).toBe(false);
      // Within the clock tolerance as well.
      expect(await ask()).toMatchObject(REFUSED);
    });

    test.each(FORMATS)('not at all when the %s ends while it is being exchanged', async (format) => {
      const { stock, orders, token } = await scene(gatehouse(), { orders: format, stock: 'opaque' });
      clock.pass(599);
      const hasEnded = beforeNext(gatehouse().gatehouse.store.services, ['find'], async () => clock.pass(1));
      const answer = await exchange(gatehouse(), orders.app, {
        subject_token: token,
        resource: stock.resource,
      });
      expect(hasEnded()).toBe(true);
      expect(answer).toMatchObject(REFUSED);
    });

    test('no longer than the actor token, and than its service has it', async () => {
      const { stock, orders, rp, user } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
      const actor_token = await ownToken(gatehouse(), orders.app);
      clock.pass(500);
      const { access_token: subject_token } = await obtainTokens(
        rp,
        user,
        { scope: 'openid', resource: orders.resource },
        { tokenParameters: { resource: orders.resource } },
      );
      const ask = (fields: Record<string, string>) =>
        exchange(gatehouse(), orders.app, { subject_token, resource: stock.resource, ...fields });
      expect((await ask({})).body['expires_in']).toBe(600);
      expect((await ask({ actor_token })).body['expires_in']).toBe(100);
      await gatehouse().gatehouse.services.update(stock.resource, { tokenTtl: 30 });
      expect((await ask({})).body['expires_in']).toBe(30);
    });
  },
  { clock: wallClock },
);

flow(
  'A session that nobody has used for long',
  (gatehouse) => {
    const clock = stopTheClock();

    test('takes with it what was exchanged for a token that is bound to it', async () => {
      const { stock, orders, token } = await scene(gatehouse(), { orders: 'opaque', stock: 'opaque' });
      const ask = (subject_token: string) =>
        exchange(gatehouse(), orders.app, { subject_token, resource: stock.resource });
      const exchanged = String((await ask(token)).body['access_token']);
      expect(await introspect(gatehouse(), stock.app, exchanged)).toMatchObject({ active: true });
      clock.pass(60);
      expect(await introspect(gatehouse(), stock.app, exchanged)).toEqual({ active: false });
      expect(await ask(token)).toMatchObject(REFUSED);
    });
  },
  { clock: wallClock, env: { SESSION_IDLE_LIFETIME: '1m' } },
);

/** What ends what was exchanged. */
type Scene = Awaited<ReturnType<typeof scene>>;
type Gatehouse = Parameters<typeof scene>[0];
const endings: Record<string, (gatehouse: Gatehouse, scene: Scene) => Promise<unknown>> = {
  'the user is disabled': ({ gatehouse }, { user }) => gatehouse.users.disable(user.id),
  'the user is removed': ({ gatehouse }, { user }) => gatehouse.users.remove(user.id),
  'the password changes': ({ gatehouse }, { user }) =>
    gatehouse.users.setPassword(user.id, 'another horse, another battery'),
  'the app that they signed in to is removed': ({ gatehouse }, { app }) => gatehouse.clients.remove(app.id),
  'the client that exchanged it is removed': ({ gatehouse }, { orders }) =>
    gatehouse.clients.remove(orders.app.id),
  'the session ends': async ({ gatehouse }, { user }) => {
    const sessions = await gatehouse.store.sessions.listByAccount(user.id);
    for (const { uid } of sessions) await gatehouse.userSessions.end(uid);
  },
  'the person signs out': async (_, { rp, signedIn }) => {
    const url = client.buildEndSessionUrl(rp.config, { id_token_hint: signedIn.id_token! }).href;
    const { browser } = signedIn;
    await browser.submit(await browser.open(url), '/session/end/confirm', { logout: 'yes' });
  },
};

for (const [ending, end] of Object.entries(endings)) {
  flow(`When ${ending}`, (gatehouse) => {
    test.each(FORMATS)(
      'what was exchanged for a token of the format %s ends, and no more is',
      async (format) => {
        const made = await scene(gatehouse(), { orders: format, stock: 'opaque' });
        const { stock, orders, token } = made;
        const ask = () =>
          exchange(gatehouse(), orders.app, { subject_token: token, resource: stock.resource });
        const exchanged = String((await ask()).body['access_token']);
        expect(await introspect(gatehouse(), stock.app, exchanged)).toMatchObject({ active: true });
        await end(gatehouse(), made);
        expect(await introspect(gatehouse(), stock.app, exchanged)).toEqual({ active: false });
        // Introspection sees the end of the grant in tokens that are not stored as well.
        const isGone = ending === 'the client that exchanged it is removed';
        if (!isGone) expect(await introspect(gatehouse(), orders.app, token)).toEqual({ active: false });
        const again = await ask();
        expect(again.body['error']).toBe(isGone ? 'invalid_client' : 'invalid_request');
      },
    );

    test('what was being exchanged at that moment is worth nothing', async () => {
      const made = await scene(gatehouse(), { orders: 'jwt', stock: 'opaque' });
      const { stock, orders, token } = made;
      const { artifacts } = gatehouse().gatehouse.store;
      const hasEnded = beforeNext(artifacts, ['create'], () => end(gatehouse(), made));
      const { body } = await exchange(gatehouse(), orders.app, {
        subject_token: token,
        resource: stock.resource,
      });
      expect(hasEnded()).toBe(true);
      expect(await introspect(gatehouse(), stock.app, body['access_token'])).toEqual({ active: false });
    });
  });
}

flow('What was exchanged', (gatehouse) => {
  test('goes on after a sign-out where the app asked for offline_access', async () => {
    const { stock, orders, rp } = await scene(gatehouse(), { orders: 'jwt', stock: 'opaque' });
    const user = await gatehouse().addUser();
    const { browser, access_token, id_token } = await obtainTokens(
      rp,
      user,
      { scope: 'openid offline_access', prompt: 'consent', resource: orders.resource },
      { tokenParameters: { resource: orders.resource } },
    );
    const ask = () =>
      exchange(gatehouse(), orders.app, { subject_token: access_token, resource: stock.resource });
    const exchanged = String((await ask()).body['access_token']);
    const url = client.buildEndSessionUrl(rp.config, { id_token_hint: id_token! }).href;
    await browser.submit(await browser.open(url), '/session/end/confirm', { logout: 'yes' });
    expect(await introspect(gatehouse(), stock.app, exchanged)).toMatchObject({ active: true });
    expect((await ask()).status).toBe(200);
  });

  test('can be revoked by whoever exchanged it, and by nobody else; the app and its tokens stay', async () => {
    const { stock, orders, app, rp } = await scene(gatehouse(), { orders: 'opaque', stock: 'opaque' });
    const user = await gatehouse().addUser();
    const { access_token, refresh_token } = await obtainTokens(
      rp,
      user,
      { scope: 'openid offline_access', prompt: 'consent', resource: orders.resource },
      { tokenParameters: { resource: orders.resource } },
    );
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: access_token,
      resource: stock.resource,
    });
    const token = String(body['access_token']);
    const revoke = (by: typeof app) =>
      postForm(`${gatehouse().issuer}/token/revocation`, { token }, basic(by));
    await revoke(app);
    expect(await introspect(gatehouse(), stock.app, token)).toMatchObject({ active: true });
    await revoke(orders.app);
    expect(await introspect(gatehouse(), stock.app, token)).toEqual({ active: false });
    expect(await introspect(gatehouse(), orders.app, access_token)).toMatchObject({ active: true });
    expect((await client.refreshTokenGrant(rp.config, refresh_token!)).access_token).toBeDefined();
  });

  test('is not exchanged any further when the client in between is gone', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    await gatehouse().gatehouse.clients.update(stock.app.id, {
      tokenExchange: { audiences: [stock.resource], targets: [stock.resource], impersonation: true },
    });
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      resource: stock.resource,
    });
    const ask = () =>
      exchange(gatehouse(), stock.app, {
        subject_token: String(body['access_token']),
        resource: stock.resource,
      });
    expect((await ask()).status).toBe(200);
    await gatehouse().gatehouse.clients.remove(orders.app.id);
    expect(await ask()).toMatchObject(REFUSED);
  });

  test('is not taken by the userinfo endpoint: it is for a service', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'opaque' });
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      resource: stock.resource,
    });
    const headers = { authorization: `Bearer ${String(body['access_token'])}` };
    const answer = await fetch(`${gatehouse().issuer}/me`, { headers });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ error: 'insufficient_scope' }),
    ]);
  });
});

flow('Token exchange and DPoP (RFC 9449)', (gatehouse) => {
  const handle = async (config: client.Configuration) =>
    client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));

  test.each(FORMATS)(
    'the new token, of the format %s, is bound to the key that was proven',
    async (format) => {
      const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: format });
      const { config } = await relyingParty(gatehouse().issuer, orders.app);
      const tokens = await client.genericGrantRequest(
        config,
        EXCHANGE_GRANT,
        { subject_token: token, subject_token_type: ACCESS_TOKEN_TYPE, resource: stock.resource },
        { DPoP: await handle(config) },
      );
      expect(tokens.token_type).toBe('dpop');
      expect(await introspect(gatehouse(), stock.app, tokens.access_token)).toMatchObject({
        active: true,
        token_type: 'DPoP',
        cnf: { jkt: expect.any(String) },
      });
    },
  );

  test('a client whose tokens are bound gives a proof', async () => {
    const { stock, orders, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'jwt' });
    await gatehouse().gatehouse.clients.update(orders.app.id, {
      metadata: { dpop_bound_access_tokens: true },
    });
    const answer = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      resource: stock.resource,
    });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each(FORMATS)('a bound token, of the format %s, is exchanged by its key alone', async (format) => {
    const stock = await api(gatehouse(), 'jwt');
    const orders = await api(gatehouse(), format);
    const { app, rp } = await webApp(gatehouse(), { resources: [orders.resource], firstParty: true });
    await gatehouse().gatehouse.clients.update(app.id, {
      tokenExchange: { clients: [app.id], targets: [stock.resource], impersonation: true },
    });
    const user = await gatehouse().addUser();
    const { url, checks } = await rp.begin({ scope: 'openid', resource: orders.resource });
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(url), user);
    const DPoP = await handle(rp.config);
    const { access_token: token } = await client.authorizationCodeGrant(
      rp.config,
      new URL(callback.url),
      checks,
      { resource: orders.resource },
      { DPoP },
    );
    const ask = (options: client.DPoPOptions) =>
      client.genericGrantRequest(
        rp.config,
        EXCHANGE_GRANT,
        { subject_token: token, subject_token_type: ACCESS_TOKEN_TYPE, resource: stock.resource },
        options,
      );
    await expect(ask({})).rejects.toMatchObject({ error: 'invalid_request' });
    await expect(ask({ DPoP: await handle(rp.config) })).rejects.toMatchObject({ error: 'invalid_request' });
    const exchanged = await ask({ DPoP });
    expect(exchanged.token_type).toBe('dpop');
  });
});
