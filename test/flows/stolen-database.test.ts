import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
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
