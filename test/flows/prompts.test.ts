import { expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { errorOf, REDIRECT_URI, obtainTokens, signIn, webApp } from '../support/relying-party.js';

const PASSWORD_FIELD = 'name="password"';

flow('What an app may ask of the sign-in (OpenID Connect Core 3.1.2.1)', (gatehouse) => {
  test('prompt=none: login_required without a session, consent_required without consent, else silent', async () => {
    const user = await gatehouse().addUser();
    const first = await webApp(gatehouse());
    const second = await webApp(gatehouse());
    const nobody = await first.rp.begin({ prompt: 'none' });
    expect(errorOf(await createBrowser().open(nobody.url, { stopAt: REDIRECT_URI }))).toBe('login_required');

    const { browser } = await obtainTokens(first.rp, user);
    const unasked = await second.rp.begin({ prompt: 'none' });
    expect(errorOf(await browser.open(unasked.url, { stopAt: REDIRECT_URI }))).toBe('consent_required');
    const silent = await first.rp.begin({ prompt: 'none' });
    const callback = await browser.open(silent.url, { stopAt: REDIRECT_URI });
    expect((await first.rp.finish(callback.url, silent.checks)).claims()?.sub).toBe(user.id);
  });

  test('prompt=login and max_age ask again, and auth_time tells when', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const first = await obtainTokens(rp, user, { max_age: '3600' });
    const before = first.claims()?.auth_time as number;
    expect(Math.abs(before - Date.now() / 1000)).toBeLessThan(10);

    const again = await rp.begin({ prompt: 'login', max_age: '3600' });
    const page = await first.browser.open(again.url, { stopAt: REDIRECT_URI });
    expect(page.html).toContain(PASSWORD_FIELD);
    expect(page.html).toContain(`value="${user.login}"`);
    const callback = await signIn(first.browser, page, user);
    expect((await rp.finish(callback.url, again.checks)).claims()?.auth_time).toBeGreaterThanOrEqual(before);

    const tooOld = await rp.begin({ max_age: '0' });
    expect((await first.browser.open(tooOld.url, { stopAt: REDIRECT_URI })).html).toContain(PASSWORD_FIELD);
    const young = await rp.begin({ max_age: '3600' });
    const straight = await first.browser.open(young.url, { stopAt: REDIRECT_URI });
    expect((await rp.finish(straight.url, young.checks)).claims()?.auth_time).toBeGreaterThanOrEqual(before);
  });

  test('acr and amr tell how the person signed in', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const acr = rp.config.serverMetadata().acr_values_supported?.[0];
    const tokens = await obtainTokens(rp, user, { acr_values: String(acr) });
    expect(tokens.claims()).toMatchObject({ acr, amr: ['pwd'] });
  });

  test('login_hint fills in the name, ui_locales picks the language before the browser does', async () => {
    const { rp } = await webApp(gatehouse());
    const german = await rp.begin({ login_hint: 'ada@example.com', ui_locales: 'fr de-AT en' });
    const page = await createBrowser().open(german.url, { headers: { 'accept-language': 'en' } });
    expect(page.html).toContain('value="ada@example.com"');
    expect(page.html).toContain('<html lang="de"');
    const unknown = await rp.begin({ ui_locales: 'se' });
    const fallback = await createBrowser().open(unknown.url, {
      headers: { 'accept-language': 'de;q=0.8, en;q=0.9' },
    });
    expect(fallback.html).toContain('<html lang="en"');
  });

  test('asks the person who is signed in to confirm it’s them, unless the app hints at somebody else', async () => {
    const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
    const { rp } = await webApp(gatehouse());
    const { browser } = await obtainTokens(rp, ada);
    const pageFor = async (login_hint: string) =>
      (await browser.open((await rp.begin({ prompt: 'login', login_hint })).url)).html;
    expect(await pageFor(ada.login.toUpperCase())).toContain('sign in again as');
    expect(await pageFor(grace.login)).not.toContain('sign in again as');
    expect(await pageFor(grace.login)).toContain(`value="${grace.login}"`);
  });

  test('id_token_hint of somebody else leads to the sign-in page, or to login_required', async () => {
    const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
    const { rp } = await webApp(gatehouse());
    const hint = (await obtainTokens(rp, grace)).id_token!;
    const { browser } = await obtainTokens(rp, ada);
    const silent = await rp.begin({ id_token_hint: hint, prompt: 'none' });
    expect(errorOf(await browser.open(silent.url, { stopAt: REDIRECT_URI }))).toBe('login_required');
    const asked = await rp.begin({ id_token_hint: hint });
    const page = await browser.open(asked.url, { stopAt: REDIRECT_URI });
    expect(page.html).toContain(PASSWORD_FIELD);

    const callback = await signIn(browser, page, grace);
    expect((await rp.finish(callback.url, asked.checks)).claims()?.sub).toBe(grace.id);
  });

  test('cancel goes back to the app with access_denied', async () => {
    const { rp } = await webApp(gatehouse());
    const { url } = await rp.begin();
    const browser = createBrowser();
    const callback = await browser.submit(await browser.open(url), '/cancel', {}, { stopAt: REDIRECT_URI });
    expect(errorOf(callback)).toBe('access_denied');
    expect(new URL(callback.url).searchParams.get('iss')).toBe(gatehouse().issuer);
  });

  test('"not you?" on the consent page starts over as somebody else', async () => {
    const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
    const { rp } = await webApp(gatehouse());
    const { url, checks } = await rp.begin();
    const browser = createBrowser();
    const consentPage = await browser.submit(await browser.open(url), '/sign-in', {
      login: ada.login,
      password: 'correct horse battery staple',
    });
    const signInPage = await browser.submit(consentPage, '/switch-account');
    expect(signInPage.html).toContain(PASSWORD_FIELD);
    const callback = await signIn(browser, signInPage, grace);
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(grace.id);
  });
});
