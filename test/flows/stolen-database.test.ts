import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { answer, callCentre } from '../support/ciba.js';
import { flow } from '../support/flow.js';
import { readRecords } from '../support/raw-records.js';
import { REDIRECT_URI, obtainTokens, signIn, webApp } from '../support/relying-party.js';
import { PASSWORD } from '../support/start.js';

/** Every byte of the file and of its log, those of removed rows among them; of a server every document. */
async function everythingIn(url: string): Promise<string> {
  if (!url.startsWith('sqlite:')) return JSON.stringify(await readRecords(url));
  const file = url.slice('sqlite:'.length);
  const parts = await Promise.all([file, `${file}-wal`].map((name) => readFile(name, 'latin1')));
  return parts.join('');
}

flow('A stolen database holds nothing that could be used', (gatehouse) => {
  /** Of these, by name, what stands in the database so that it can be read. */
  const readable = async (secrets: Record<string, string>) => {
    const stolen = await everythingIn(gatehouse().gatehouse.config.store.url);
    return Object.keys(secrets).filter((name) => stolen.includes(secrets[name]!));
  };
  const canary = () => randomBytes(18).toString('base64url');

  test('what would be found if it stood there is found', async () => {
    const user = await gatehouse().addUser({ email: `${canary().toLowerCase()}@example.com` });
    expect(await readable({ address: user.login, nothing: canary() })).toEqual(['address']);
  });

  test('no cookie, code, token, password, or step of sign-in with what the app has sent', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse());
    const browser = createBrowser();
    const earlier = await obtainTokens(rp, user, {}, { browser });
    const secrets: Record<string, string> = {
      password: PASSWORD,
      'client secret': app.secret,
      'ID Token as a hint': earlier.id_token!,
      state: canary(),
      'login hint': canary(),
    };
    const addCookies = (when: string) => {
      for (const { name, value } of browser.cookies()) secrets[`cookie ${name} ${when}`] = value;
    };
    addCookies('of the first sign-in');

    const { url, checks } = await rp.begin({
      scope: 'openid offline_access',
      prompt: 'login consent',
      id_token_hint: earlier.id_token!,
      state: secrets['state']!,
      login_hint: secrets['login hint']!,
    });
    const signInPage = await browser.open(url);
    secrets['uid of the sign-in step'] = new URL(signInPage.url).pathname.split('/').at(-1)!;
    addCookies('at the sign-in page');
    expect(await readable(secrets)).toEqual([]);

    const consentPage = await browser.submit(signInPage, '/sign-in', {
      login: user.login,
      password: PASSWORD,
    });
    secrets['uid of the consent step'] = new URL(consentPage.url).pathname.split('/').at(-1)!;
    addCookies('at the consent page');
    expect(await readable(secrets)).toEqual([]);

    const callback = await browser.submit(consentPage, '/consent', {}, { stopAt: REDIRECT_URI });
    addCookies('at the app');
    secrets['code'] = new URL(callback.url).searchParams.get('code')!;
    expect(await readable(secrets)).toEqual([]);

    const tokens = await rp.finish(callback.url, { ...checks, expectedState: secrets['state']! });
    const refreshed = await client.refreshTokenGrant(rp.config, tokens.refresh_token!);
    for (const [when, of] of [
      ['from the code', tokens],
      ['refreshed', refreshed],
    ] as const) {
      secrets[`access token ${when}`] = of.access_token;
      secrets[`refresh token ${when}`] = of.refresh_token!;
      secrets[`ID Token ${when}`] = of.id_token!;
    }
    expect(await readable(secrets)).toEqual([]);
    expect(Object.values(secrets).every((secret) => secret.length >= 18)).toBe(true);
    expect(Object.keys(secrets).length).toBeGreaterThan(20);
  });

  test('no cookie of somebody who is half-way through signing out', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const browser = createBrowser();
    const page = await signIn(browser, await browser.open((await rp.begin()).url), user);
    expect(page.url).toContain('code=');
    await browser.open(`${gatehouse().issuer}/session/end`);
    const cookies = browser.cookies().map(({ name, value }) => [name, value] as const);
    expect(cookies.length).toBeGreaterThan(1);
    expect(await readable(Object.fromEntries(cookies))).toEqual([]);
  });
});

flow(
  'A stolen database does not say what a person is asked elsewhere (OpenID Connect CIBA)',
  (gatehouse) => {
    test('nor what its client comes for the tokens with, or is pinged with', async () => {
      const user = await gatehouse().addUser();
      const token = randomBytes(18).toString('base64url');
      const asking = await callCentre(gatehouse(), {
        metadata: {
          backchannel_token_delivery_mode: 'ping',
          backchannel_client_notification_endpoint: 'https://127.0.0.1:9/ping',
        },
      });
      const asked = await asking.ask({
        login_hint: user.login,
        client_notification_token: token,
        binding_message: 'Between us two',
      });
      const secrets = async () => {
        const stolen = await everythingIn(gatehouse().gatehouse.config.store.url);
        return [asked.auth_req_id, token, 'Between us two'].filter((secret) => stolen.includes(secret));
      };
      expect(await secrets()).toEqual([]);
      await answer(createBrowser(), gatehouse(), user);
      expect(await secrets()).toEqual([]);
      // Nor does the log; it says that the ping was not let out, which costs the client nothing.
      const log = gatehouse().logged.join('');
      expect(log).toContain('client not pinged');
      expect(log).toMatch(/outbound request refused: 127\.0\.0\.1 has a private address/u);
      for (const secret of [asked.auth_req_id, token]) expect(log).not.toContain(secret);
      expect((await asking.redeem(asked)).claims()?.sub).toBe(user.id);
    });
  },
  { env: { CIBA: 'on' } },
);
