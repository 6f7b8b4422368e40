import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';

flow('A person signs in to a web app', (gatehouse) => {
  test('discovery, sign-in, consent, code, tokens, userinfo', async () => {
    const instance = gatehouse();
    const user = await instance.addUser({
      profile: { given_name: 'Grace', family_name: 'Hopper', locale: 'en-US' },
    });
    const { rp } = await webApp(instance, { name: 'Acme Orders' });
    const browser = createBrowser();

    const { url, checks } = await rp.begin({ scope: 'openid profile email' });
    const signInPage = await browser.open(url);
    expect(signInPage.status).toBe(200);
    expect(signInPage.html).toContain('Sign-in');
    expect(signInPage.html).toContain('Acme Orders');

    const consentPage = await browser.submit(signInPage, '/sign-in', {
      login: user.login,
      password: 'correct horse battery staple',
    });
    expect(consentPage.html).toContain('Acme Orders');
    expect(consentPage.html).toContain(user.login);

    const callback = await browser.submit(consentPage, '/consent', {}, { stopAt: REDIRECT_URI });
    expect(new URL(callback.url).searchParams.get('iss')).toBe(instance.issuer);

    const tokens = await rp.finish(callback.url, checks);
    const claims = tokens.claims();
    expect(claims).toMatchObject({
      iss: instance.issuer,
      sub: user.id,
      aud: rp.config.clientMetadata().client_id,
    });
    expect(tokens.token_type).toBe('bearer');
    expect(tokens.refresh_token).toBeUndefined();

    const userinfo = await client.fetchUserInfo(rp.config, tokens.access_token, user.id);
    expect(userinfo).toMatchObject({
      sub: user.id,
      given_name: 'Grace',
      family_name: 'Hopper',
      email: user.login,
    });
  });

  test('a second app signs them in without a password, and asks once for its own consent', async () => {
    const instance = gatehouse();
    const user = await instance.addUser();
    const first = await webApp(instance);
    const second = await webApp(instance);
    const browser = createBrowser();
    const begun = await first.rp.begin();
    await signIn(browser, await browser.open(begun.url), user);

    const { url, checks } = await second.rp.begin();
    const consentPage = await browser.open(url);
    expect(consentPage.html).not.toContain('name="password"');
    const callback = await browser.submit(consentPage, '/consent', {}, { stopAt: REDIRECT_URI });
    expect((await second.rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);

    const again = await second.rp.begin();
    const straight = await browser.open(again.url, { stopAt: REDIRECT_URI });
    expect((await second.rp.finish(straight.url, again.checks)).claims()?.sub).toBe(user.id);
  });

  test('a first-party app is never asked for consent', async () => {
    const instance = gatehouse();
    const user = await instance.addUser();
    const { rp } = await webApp(instance, { firstParty: true });
    const browser = createBrowser();
    const { url, checks } = await rp.begin();
    const callback = await browser.submit(
      await browser.open(url),
      '/sign-in',
      { login: user.login, password: 'correct horse battery staple' },
      { stopAt: REDIRECT_URI },
    );
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
  });
});
