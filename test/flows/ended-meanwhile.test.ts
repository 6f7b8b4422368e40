import { expect, test } from '@jest/globals';
import { api, introspect } from '../support/api.js';
import { beforeNext } from '../support/before-next.js';
import { createBrowser, formFields, type Browser } from '../support/browser.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { createMeeting } from '../support/meeting.js';
import { readRecords } from '../support/raw-records.js';
import { REDIRECT_URI, obtainTokens, signIn, webApp, type RelyingParty } from '../support/relying-party.js';
import { PASSWORD } from '../support/start.js';

/** What comes back to the app when nobody may be asked. */
async function silently(browser: Browser, rp: RelyingParty, parameters: Record<string, string> = {}) {
  const { url, checks } = await rp.begin({ prompt: 'none', ...parameters });
  const callback = await browser.open(url, { stopAt: REDIRECT_URI });
  return { callback, checks, answer: new URL(callback.url).searchParams };
}

flow('What ends while a request is under way stays ended', (gatehouse) => {
  const store = () => gatehouse().gatehouse.store;

  const standing = async (model: string, clientId: string) => {
    const records = await readRecords(gatehouse().gatehouse.config.store.url);
    return records.filter(({ document }) => document['model'] === model && document['clientId'] === clientId);
  };

  test('a session: the authorization request answers login_required and gives no code', async () => {
    const user = await gatehouse().addUser();
    const first = await webApp(gatehouse());
    const second = await webApp(gatehouse(), { firstParty: true });
    const { browser } = await obtainTokens(first.rp, user);

    const hasEnded = beforeNext(store().sessions, ['update'], () =>
      gatehouse().gatehouse.userSessions.endAll(user.id),
    );
    const { answer } = await silently(browser, second.rp);

    expect(hasEnded()).toBe(true);
    expect(Object.fromEntries(answer)).toMatchObject({ error: 'login_required' });
    expect(answer.has('code')).toBe(false);
    expect(await store().sessions.listByAccount(user.id)).toEqual([]);
  });

  test('a session, while the person answers a question: the request starts over with the sign-in page', async () => {
    const user = await gatehouse().addUser();
    const [first, second] = [await webApp(gatehouse()), await webApp(gatehouse())];
    const { browser } = await obtainTokens(first.rp, user);
    const { url, checks } = await second.rp.begin();
    const page = await browser.open(url);

    const hasEnded = beforeNext(store().sessions, ['update'], () =>
      gatehouse().gatehouse.userSessions.endAll(user.id),
    );
    const signInPage = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });

    expect(hasEnded()).toBe(true);
    expect(signInPage.html).toContain('type="password"');
    const callback = await signIn(browser, signInPage, user);
    expect((await second.rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
  });

  test('a session, just before the code is made: the code is worth nothing', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { browser } = await obtainTokens(rp, user);

    const hasEnded = beforeNext(store().artifacts, ['create'], () =>
      gatehouse().gatehouse.userSessions.endAll(user.id),
    );
    const { callback, checks, answer } = await silently(browser, rp);

    expect(hasEnded()).toBe(true);
    if (answer.has('code'))
      await expect(rp.finish(callback.url, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
    else expect(answer.get('error')).toBe('login_required');
    expect(await store().sessions.listByAccount(user.id)).toEqual([]);
  });

  test('a grant: a request that would extend it does not bring it back', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse(), { firstParty: true });
    const { browser } = await obtainTokens(rp, user, { scope: 'openid' });
    expect(await standing('Grant', app.id)).toHaveLength(1);

    const isRevoked = beforeNext(store().artifacts, ['create', 'replace'], () =>
      store().artifacts.revoke({ accountId: user.id }),
    );
    const { answer } = await silently(browser, rp, { scope: 'openid email' });

    expect(isRevoked()).toBe(true);
    expect(answer.has('code')).toBe(false);
    expect(await standing('Grant', app.id)).toEqual([]);
  });

  test.each(['jwt', 'opaque'] as const)(
    'a client: the token, of the format %s, that it was about to get is worth nothing',
    async (format) => {
      const stock = await api(gatehouse(), format);
      const app = await gatehouse().addClient({ kind: 'service', resources: [stock.resource] });
      const hasEnded = beforeNext(store().services, ['find'], () =>
        gatehouse().gatehouse.clients.remove(app.id),
      );
      const { body } = await postForm(
        `${gatehouse().issuer}/token`,
        { grant_type: 'client_credentials', resource: stock.resource },
        basic(app),
      );
      expect(hasEnded()).toBe(true);
      expect(await introspect(gatehouse(), stock.app, body['access_token'])).toEqual({ active: false });
    },
  );

  test('a client, with a token for a person in its hands: the service that asks is told so', async () => {
    const stock = await api(gatehouse(), 'opaque');
    const { app, rp } = await webApp(gatehouse(), { resources: [stock.resource], firstParty: true });
    const user = await gatehouse().addUser();
    const { access_token } = await obtainTokens(
      rp,
      user,
      { scope: 'openid', resource: stock.resource },
      { tokenParameters: { resource: stock.resource } },
    );
    // The record alone, as where a removal stops half-way or a registration has lapsed.
    await store().clients.remove(app.id);
    expect(await introspect(gatehouse(), stock.app, access_token)).toEqual({ active: false });
  });

  test('a step of sign-in: a second answer to it does not bring it back', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse(), { firstParty: true });
    const browser = createBrowser();
    const page = await browser.open((await rp.begin()).url);
    const { action, fields } = formFields(page.html, '/sign-in');
    const { origin } = new URL(page.url);
    const answerIt = () =>
      browser.request(new URL(action, page.url).href, {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ ...fields, login: user.login, password: PASSWORD }),
      });
    const resume = (await answerIt()).headers.get('location')!;

    let callback = '';
    const isTakenUp = beforeNext(store().artifacts, ['create', 'replace'], async () => {
      callback = (await browser.open(resume, { stopAt: REDIRECT_URI })).url;
    });
    const late = await answerIt();

    expect(isTakenUp()).toBe(true);
    expect(new URL(callback).searchParams.has('code')).toBe(true);
    expect(late.status).toBe(400);
    expect(late.html).toMatch(/<main[^>]* data-error/u);
    const records = await readRecords(gatehouse().gatehouse.config.store.url);
    expect(records.filter(({ document }) => document['model'] === 'Interaction')).toEqual([]);
  });
});

flow('Of two uses that both saw it unused exactly one succeeds', (gatehouse) => {
  /** Both have found the record before either marks it as used: the worst that parallel requests can do. */
  const useTwice = async (use: () => ReturnType<typeof postForm>) => {
    const { artifacts } = gatehouse().gatehouse.store;
    const meet = createMeeting(2);
    const met = [beforeNext(artifacts, ['consume'], meet), beforeNext(artifacts, ['consume'], meet)];
    const answers = await inParallel(2, use);
    expect(met.map((has) => has())).toEqual([true, true]);
    return answers.toSorted((one, other) => one.status - other.status);
  };

  test('of a code (RFC 6749 4.1.2)', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse(), { firstParty: true });
    const { browser } = await obtainTokens(rp, user);
    const { answer, checks } = await silently(browser, rp);
    const form = {
      grant_type: 'authorization_code',
      code: answer.get('code')!,
      redirect_uri: REDIRECT_URI,
      code_verifier: checks.pkceCodeVerifier!,
    };
    const [winner, loser] = await useTwice(() => postForm(`${gatehouse().issuer}/token`, form, basic(app)));
    expect(winner?.status).toBe(200);
    expect(loser).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('of a refresh token (RFC 9700 4.14.2)', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse());
    const { refresh_token } = await obtainTokens(rp, user, {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token! };
    const [winner, loser] = await useTwice(() => postForm(`${gatehouse().issuer}/token`, form, basic(app)));
    expect(winner?.status).toBe(200);
    expect(loser).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
