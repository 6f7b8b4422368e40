import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { APP_URI, manage, register } from '../support/registration.js';
import { relyingParty, signIn } from '../support/relying-party.js';

flow(
  'Registration of clients (RFC 7591, RFC 7592)',
  (gatehouse) => {
    test('an app registers itself, signs somebody in, looks at itself, changes itself and removes itself', async () => {
      const user = await gatehouse().addUser();
      const registered = await register(gatehouse(), { client_name: 'Acme Orders', color: 'red' });
      expect(registered).toMatchObject({
        status: 201,
        body: {
          client_id: expect.stringMatching(/^dyn-[0-9a-f]{32}$/u),
          client_id_issued_at: expect.any(Number),
          client_secret: expect.stringMatching(/^ghs_/u),
          client_secret_expires_at: 0,
          client_name: 'Acme Orders',
          redirect_uris: [APP_URI],
          grant_types: ['authorization_code'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_basic',
          id_token_signed_response_alg: 'RS256',
          registration_access_token: expect.stringMatching(/^ghr_/u),
        },
      });
      expect(registered.body).not.toHaveProperty('color');
      expect(registered.headers.get('cache-control')).toContain('no-store');

      const { client_id: id, client_secret: secret } = registered.body;
      const rp = await relyingParty(gatehouse().issuer, { id, secret }, { redirectUri: APP_URI });
      const { url, checks } = await rp.begin();
      const browser = createBrowser();
      const page = await browser.open(url);
      expect(page.html).toContain('Acme Orders');
      const callback = await signIn(browser, page, user, APP_URI);
      const tokens = await rp.finish(callback.url, checks);
      expect(tokens.claims()?.sub).toBe(user.id);

      const { read, update, remove } = manage(registered.body);
      const { client_secret: _secret, client_secret_expires_at: _expiry, ...lasting } = registered.body;
      expect(await read()).toMatchObject({ status: 200, body: lasting });
      const changed = { client_id: id, redirect_uris: [APP_URI], client_name: 'Acme Shop' };
      expect(await update(changed)).toMatchObject({ status: 200, body: changed });
      expect((await browser.open((await rp.begin({ prompt: 'consent' })).url)).html).toContain('Acme Shop');

      expect(await remove()).toMatchObject({ status: 204, body: undefined });
      expect(await read()).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
      expect((await browser.open((await rp.begin()).url)).html).toContain('<code>invalid_client</code>');
    });

    test('openid-client registers and signs in', async () => {
      const user = await gatehouse().addUser();
      const config = await client.dynamicClientRegistration(
        new URL(gatehouse().issuer),
        { redirect_uris: [APP_URI], client_name: 'Acme Library' },
        undefined,
        { execute: [client.allowInsecureRequests] },
      );
      const verifier = client.randomPKCECodeVerifier();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: APP_URI,
        scope: 'openid email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const browser = createBrowser();
      const callback = await signIn(browser, await browser.open(url.href), user, APP_URI);
      const tokens = await client.authorizationCodeGrant(config, new URL(callback.url), {
        pkceCodeVerifier: verifier,
      });
      expect(tokens.claims()?.sub).toBe(user.id);
    });
  },
  { env: { REGISTRATION: 'open' } },
);
