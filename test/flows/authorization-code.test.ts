import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import {
  errorOf,
  REDIRECT_URI,
  obtainTokens,
  relyingParty,
  signIn,
  webApp,
} from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

/** A code, with all that is needed to redeem it by hand. */
async function obtainCode(gatehouse: Instance, settings: Record<string, unknown> = {}) {
  const user = await gatehouse.addUser();
  const { app, rp } = await webApp(gatehouse, settings);
  const { url, checks } = await rp.begin();
  const browser = createBrowser();
  const callback = await signIn(browser, await browser.open(url), user);
  const code = new URL(callback.url).searchParams.get('code')!;
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: checks.pkceCodeVerifier as string,
  };
  return { user, app, rp, browser, callback, form, tokenUrl: `${gatehouse.issuer}/token` };
}

flow('An authorization code', (gatehouse) => {
  test('is redeemed once: of 50 parallel tries exactly one succeeds', async () => {
    const { app, form, tokenUrl } = await obtainCode(gatehouse());
    const answers = await inParallel(50, () => postForm(tokenUrl, form, basic(app)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
  });

  test('used twice at the same moment leaves nobody with tokens, and so does a refresh token', async () => {
    const { app, rp, user, form, tokenUrl } = await obtainCode(gatehouse());
    const answers = await inParallel(10, () => postForm(tokenUrl, form, basic(app)));
    const won = answers.find(({ status }) => status === 200);
    await expect(
      client.fetchUserInfo(rp.config, String(won?.body['access_token']), user.id),
    ).rejects.toThrow();

    const offline = await obtainTokens(rp, user, { scope: 'openid offline_access', prompt: 'consent' });
    const refresh = { grant_type: 'refresh_token', refresh_token: offline.refresh_token! };
    const refreshed = await inParallel(10, () => postForm(tokenUrl, refresh, basic(app)));
    const successor = String(refreshed.find(({ status }) => status === 200)?.body['refresh_token']);
    expect(await postForm(tokenUrl, { ...refresh, refresh_token: successor }, basic(app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('is given once for one consent: of parallel ways back to the app one leads there', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { url } = await rp.begin();
    const browser = createBrowser();
    const consentPage = await browser.submit(await browser.open(url), '/sign-in', {
      login: user.login,
      password: PASSWORD,
    });
    const back = `${gatehouse().issuer}/auth/`;
    const stopped = await browser.submit(consentPage, '/consent', {}, { stopAt: back });
    const { pathname } = new URL(stopped.url);
    const cookies = browser.cookies().filter(({ path }) => pathname.startsWith(path));
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const answers = await inParallel(30, () =>
      fetch(stopped.url, { headers: { cookie }, redirect: 'manual' }),
    );
    const codes = answers.filter((answer) => answer.headers.get('location')?.includes('code='));
    expect(codes).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });

  test('can be asked for by POST (OpenID Connect Core 3.1.2.1)', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { url, checks } = await rp.begin();
    const [endpoint, query] = url.split('?');
    const browser = createBrowser();
    const answer = await browser.request(endpoint!, {
      method: 'POST',
      body: new URLSearchParams(query),
      headers: { origin: 'https://app.example' },
    });
    expect(answer.status).toBe(303);
    const page = await browser.open(new URL(answer.headers.get('location')!, endpoint).href);
    const callback = await signIn(browser, page, user);
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
  });

  test('used again ends the tokens that came of it (RFC 6749 4.1.2)', async () => {
    const { app, rp, user, form, tokenUrl } = await obtainCode(gatehouse());
    const first = await postForm(tokenUrl, form, basic(app));
    await client.fetchUserInfo(rp.config, String(first.body['access_token']), user.id);
    expect(await postForm(tokenUrl, form, basic(app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    await expect(
      client.fetchUserInfo(rp.config, String(first.body['access_token']), user.id),
    ).rejects.toThrow();
  });

  test.each([
    ['another redirect_uri', { redirect_uri: 'http://localhost:9/other' }],
    ['a wrong code_verifier', { code_verifier: 'a'.repeat(43) }],
    ['another code', { code: 'b'.repeat(43) }],
  ])('is refused with %s', async (_what, change) => {
    const { app, form, tokenUrl } = await obtainCode(gatehouse());
    expect(await postForm(tokenUrl, { ...form, ...change }, basic(app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('is refused without its code_verifier', async () => {
    const { app, form, tokenUrl } = await obtainCode(gatehouse());
    const { code_verifier: _, ...without } = form;
    expect(await postForm(tokenUrl, without, basic(app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('of one client is worth nothing to another', async () => {
    const { form, tokenUrl } = await obtainCode(gatehouse());
    const other = await webApp(gatehouse());
    expect(await postForm(tokenUrl, form, basic(other.app))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('is not in the store under its own value', async () => {
    const { form } = await obtainCode(gatehouse());
    const stored = await gatehouse().gatehouse.store.artifacts.find(form.code);
    expect(stored).toBeUndefined();
    const key = createHash('sha256')
      .update('AuthorizationCode')
      .update('\0')
      .update(form.code)
      .digest('base64url');
    expect(JSON.stringify(await gatehouse().gatehouse.store.artifacts.find(key))).not.toContain(form.code);
  });
});

flow('PKCE', (gatehouse) => {
  const authorize = (app: { id: string }, parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      client_id: app.id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: 's',
      ...parameters,
    });
    return createBrowser().open(`${gatehouse().issuer}/auth?${query}`, { stopAt: REDIRECT_URI });
  };

  test('is demanded of every client', async () => {
    const { app } = await webApp(gatehouse());
    expect(errorOf(await authorize(app))).toBe('invalid_request');
    const spa = await gatehouse().addClient({ kind: 'spa', redirectUris: [REDIRECT_URI] });
    expect(errorOf(await authorize(spa))).toBe('invalid_request');
  });

  test('is S256 only', async () => {
    const { app } = await webApp(gatehouse());
    const page = await authorize(app, { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' });
    expect(errorOf(page)).toBe('invalid_request');
  });

  test('can be waived for a confidential client', async () => {
    const { app } = await webApp(gatehouse(), { requirePkce: false });
    expect((await authorize(app)).html).toContain('name="password"');
  });
});

flow('Client authentication', (gatehouse) => {
  test('by HTTP Basic and by the body are both accepted', async () => {
    const user = await gatehouse().addUser();
    const { app } = await webApp(gatehouse());
    const byBody = await relyingParty(gatehouse().issuer, app, { auth: client.ClientSecretPost(app.secret) });
    expect((await obtainTokens(byBody, user)).claims()?.sub).toBe(user.id);
    const byHeader = await relyingParty(gatehouse().issuer, app, {
      auth: client.ClientSecretBasic(app.secret),
    });
    expect((await obtainTokens(byHeader, user)).claims()?.sub).toBe(user.id);
  });

  test('is held to one way where the client is pinned to it', async () => {
    const user = await gatehouse().addUser();
    const { app } = await webApp(gatehouse(), { authMethod: 'client_secret_post' });
    const byBody = await relyingParty(gatehouse().issuer, app, { auth: client.ClientSecretPost(app.secret) });
    expect((await obtainTokens(byBody, user)).claims()?.sub).toBe(user.id);
    const byHeader = await relyingParty(gatehouse().issuer, app, {
      auth: client.ClientSecretBasic(app.secret),
    });
    await expect(obtainTokens(byHeader, user)).rejects.toMatchObject({ status: 401 });
  });

  test('fails with a wrong secret, with none, and with both ways at once', async () => {
    const { app, form, tokenUrl } = await obtainCode(gatehouse());
    expect(await postForm(tokenUrl, form, basic({ ...app, secret: 'wrong' }))).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect(await postForm(tokenUrl, { ...form, client_id: app.id })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect(
      await postForm(tokenUrl, { ...form, client_id: app.id, client_secret: app.secret }, basic(app)),
    ).toMatchObject({ status: 400 });
  });

  test('accepts two secrets while one takes over from the other', async () => {
    const user = await gatehouse().addUser();
    const { app } = await webApp(gatehouse());
    const rotated = await gatehouse().gatehouse.clients.rotateSecret(app.id, { overlapSeconds: 60 });
    for (const secret of [app.secret, rotated.secret]) {
      const rp = await relyingParty(gatehouse().issuer, { id: app.id, secret });
      expect((await obtainTokens(rp, user)).claims()?.sub).toBe(user.id);
    }
  });
});
