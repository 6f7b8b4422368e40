import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser, formFields } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { REDIRECT_URI, relyingParty, signIn } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const TYPES = 'code, id_token, id_token token, code id_token, code token, code id_token token';

/** An app for which everything that RESPONSE_TYPES allows may come through the browser. */
async function app(gatehouse: Instance, ...types: string[]) {
  const { id, secret } = await gatehouse.addClient({
    kind: 'web',
    // The library refuses `localhost` to clients that get tokens through the browser.
    redirectUris: ['https://app.example.com/callback'],
    requirePkce: false,
    metadata: {
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      response_types: ['code', ...types],
    },
  });
  return relyingParty(gatehouse.issuer, { id, secret }, { redirectUri: 'https://app.example.com/callback' });
}

/** A person signs in for it; where they end up. */
async function answer(gatehouse: Instance, url: string): Promise<URL> {
  const browser = createBrowser();
  const stopAt = 'https://app.example.com/callback';
  const page = await browser.open(url, { stopAt });
  if (page.url.startsWith(stopAt)) return new URL(page.url);
  return new URL((await signIn(browser, page, await gatehouse.addUser(), stopAt)).url);
}

flow(
  'Tokens through the browser, for clients that are set up for it (OpenID Connect Core 3.2, 3.3)',
  (gatehouse) => {
    test('an ID Token alone', async () => {
      const rp = await app(gatehouse(), 'id_token');
      client.useIdTokenResponseType(rp.config);
      const { url, checks } = await rp.begin({ response_type: 'id_token', scope: 'openid' });
      const callback = await answer(gatehouse(), url);
      expect(callback.search).toBe('');
      const claims = await client.implicitAuthentication(rp.config, callback, checks.expectedNonce!, {
        expectedState: checks.expectedState!,
      });
      expect(claims).toMatchObject({ iss: gatehouse().issuer, acr: expect.any(String) });
    });

    test('an ID Token and a code that belong together', async () => {
      const rp = await app(gatehouse(), 'code id_token');
      client.useCodeIdTokenResponseType(rp.config);
      const { url, checks } = await rp.begin({ response_type: 'code id_token' });
      const callback = await answer(gatehouse(), url);
      // Who answers stands in the ID Token (RFC 9207 2.4).
      const names = [...new URLSearchParams(callback.hash.slice(1)).keys()];
      expect(names.sort()).toEqual(['code', 'id_token', 'state']);
      const tokens = await rp.finish(callback.href, checks);
      expect(tokens.claims()?.sub).toBeDefined();
    });

    test.each(['code token', 'id_token token', 'code id_token token'])(
      '%s: an access token that userinfo takes',
      async (type) => {
        const rp = await app(gatehouse(), type);
        const { url } = await rp.begin({ response_type: type });
        const told = new URLSearchParams((await answer(gatehouse(), url)).hash.slice(1));
        expect(told.get('token_type')).toBe('Bearer');
        const userinfo = await fetch(`${gatehouse().issuer}/me`, {
          headers: { authorization: `Bearer ${told.get('access_token')}` },
        });
        expect([userinfo.status, await userinfo.json()]).toEqual([
          200,
          expect.objectContaining({ given_name: 'Ada' }),
        ]);
      },
    );

    test.each<[what: string, changes: Record<string, string>, error: string]>([
      ['a type that this client was not given', { response_type: 'code token' }, 'invalid_request'],
      ['an ID Token without a nonce', { response_type: 'id_token', nonce: '' }, 'invalid_request'],
      ['tokens in the query', { response_type: 'id_token', response_mode: 'query' }, 'invalid_request'],
    ])('%s is refused', async (_what, changes, error) => {
      const rp = await app(gatehouse(), 'id_token');
      const { url } = await rp.begin({ scope: 'openid', ...changes });
      const callback = await answer(gatehouse(), url);
      const told = new URLSearchParams(callback.search || callback.hash.slice(1));
      expect(told.get('error')).toBe(error);
      expect([told.get('id_token'), told.get('access_token')]).toEqual([null, null]);
    });
  },
  { env: { RESPONSE_TYPES: TYPES } },
);

flow('Without RESPONSE_TYPES', (gatehouse) => {
  test('no client can be set up for tokens through the browser', async () => {
    await expect(app(gatehouse(), 'id_token')).rejects.toMatchObject({
      faults: [expect.objectContaining({ field: 'response_types' })],
    });
  });

  test('a code can come by a form that posts itself (OAuth 2.0 Form Post Response Mode)', async () => {
    const { id, secret } = await gatehouse().addClient({ kind: 'web', redirectUris: [REDIRECT_URI] });
    const rp = await relyingParty(gatehouse().issuer, { id, secret });
    const { url, checks } = await rp.begin({ response_mode: 'form_post' });
    const browser = createBrowser();
    const page = await signIn(browser, await browser.open(url), await gatehouse().addUser());
    const { action, fields } = formFields(page.html, '/callback');
    expect(action).toBe(REDIRECT_URI);
    const tokens = await rp.finish(`${REDIRECT_URI}?${new URLSearchParams(fields)}`, checks);
    expect(tokens.access_token).toBeDefined();
  });
});
