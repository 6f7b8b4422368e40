import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { serveDocuments, type DocumentServer } from '../support/document-server.js';
import { flow, postForm } from '../support/flow.js';
import { manage, register } from '../support/registration.js';
import { signIn } from '../support/relying-party.js';

const SUITE = 'https://127.0.0.2:8443';
const CALLBACK = `${SUITE}/test/a/gatehouse/callback`;
/** As the conformance suite registers its clients. */
const fromTheSuite = {
  client_name: 'Conformance suite',
  contacts: ['certification@oidf.org'],
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'client_secret_basic',
};

let documents: DocumentServer;
beforeAll(async () => {
  documents = await serveDocuments();
});
afterAll(() => documents.close());

flow(
  'Registration in the profile conformance',
  (gatehouse) => {
    test('is open, and a client with a secret signs in without PKCE', async () => {
      const user = await gatehouse().addUser();
      const { status, body } = await register(gatehouse(), { ...fromTheSuite, response_types: ['code'] });
      expect(status).toBe(201);
      const url = new URL(`${gatehouse().issuer}/auth`);
      url.search = String(
        new URLSearchParams({
          client_id: body.client_id,
          redirect_uri: CALLBACK,
          response_type: 'code',
          scope: 'openid',
        }),
      );
      const browser = createBrowser();
      const callback = await signIn(browser, await browser.open(url.href), user, CALLBACK);
      const redeemed = await postForm(
        `${gatehouse().issuer}/token`,
        {
          grant_type: 'authorization_code',
          code: String(new URL(callback.url).searchParams.get('code')),
          redirect_uri: CALLBACK,
        },
        {
          authorization: `Basic ${Buffer.from(`${body.client_id}:${body.client_secret}`).toString('base64')}`,
        },
      );
      expect(redeemed).toMatchObject({ status: 200, body: { id_token: expect.any(String) } });
      expect(await manage(body).remove()).toMatchObject({ status: 204 });
    });

    test.each(['id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'])(
      'response type %s',
      async (response_type) => {
        const user = await gatehouse().addUser();
        const { body } = await register(gatehouse(), { ...fromTheSuite, response_types: [response_type] });
        const url = new URL(`${gatehouse().issuer}/auth`);
        url.search = String(
          new URLSearchParams({
            client_id: body.client_id,
            redirect_uri: CALLBACK,
            response_type,
            scope: 'openid',
            nonce: client.randomNonce(),
          }),
        );
        const browser = createBrowser();
        const callback = await signIn(browser, await browser.open(url.href), user, CALLBACK);
        const answer = new URLSearchParams(new URL(callback.url).hash.slice(1));
        for (const word of response_type.split(' '))
          expect(answer.get(word === 'token' ? 'access_token' : word)).toEqual(expect.any(String));
      },
    );

    test('takes everything that the suite registers', async () => {
      const addresses = {
        logo_uri: `${SUITE}/logo.png`,
        policy_uri: `${SUITE}/policy`,
        tos_uri: `${SUITE}/terms`,
        initiate_login_uri: `${SUITE}/test/a/gatehouse/login-initiation-url`,
        post_logout_redirect_uris: [`${SUITE}/test/a/gatehouse/post_logout_redirect`],
        backchannel_logout_uri: `${SUITE}/test/a/gatehouse/backchannel_logout`,
        request_uris: [`${SUITE}/requests/abc#GNTVs4cNXvSJ8bAvL6mOeKqc1iFrJO8uQFcPTfTLsqM`],
        jwks_uri: `${SUITE}/test/a/gatehouse/jwks`,
      };
      const everything = {
        ...fromTheSuite,
        ...addresses,
        response_types: ['code'],
        token_endpoint_auth_method: 'private_key_jwt',
        subject_type: 'pairwise',
        userinfo_signed_response_alg: 'RS256',
        id_token_signed_response_alg: 'RS256',
        default_max_age: 3600,
        require_auth_time: true,
      };
      const { status, body } = await register(gatehouse(), everything);
      expect(status).toBe(201);
      expect(body).toMatchObject(everything);
      expect(await manage(body).read()).toMatchObject({
        status: 200,
        body: { initiate_login_uri: addresses.initiate_login_uri },
      });
    });

    test.each([
      ['a fragment', { redirect_uris: [`${CALLBACK}#foobar`] }, 'invalid_redirect_uri'],
      [
        'http to start a sign-in',
        { initiate_login_uri: 'http://127.0.0.1/login' },
        'invalid_client_metadata',
      ],
      [
        'a sector that cannot be read',
        { sector_identifier_uri: `${SUITE}/sector` },
        'invalid_client_metadata',
      ],
    ])('refuses %s', async (_what, metadata, error) => {
      const answer = await register(gatehouse(), { ...fromTheSuite, ...metadata });
      expect(answer).toMatchObject({ status: 400, body: { error } });
    });

    test('a sector that names the redirect URIs is read, and one that does not is refused', async () => {
      documents.serve('/sector', { body: JSON.stringify([CALLBACK]) });
      documents.serve('/other-sector', { body: JSON.stringify(['https://other.example/callback']) });
      const inSector = (path: string) =>
        register(gatehouse(), {
          ...fromTheSuite,
          subject_type: 'pairwise',
          sector_identifier_uri: `${documents.origin}${path}`,
        });
      const { status, body } = await inSector('/sector');
      expect([status, body.subject_type]).toEqual([201, 'pairwise']);
      const moved = { ...fromTheSuite, client_id: body.client_id, subject_type: 'pairwise' };
      expect(
        await manage(body).update({ ...moved, sector_identifier_uri: `${documents.origin}/other-sector` }),
      ).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
      expect(await inSector('/other-sector')).toMatchObject({
        status: 400,
        body: { error: 'invalid_client_metadata' },
      });
    });

    test('a public client must use PKCE even so', async () => {
      const { body } = await register(gatehouse(), {
        ...fromTheSuite,
        token_endpoint_auth_method: 'none',
      });
      const query = { client_id: body.client_id, response_type: 'code', scope: 'openid' };
      const page = await createBrowser().open(
        `${gatehouse().issuer}/auth?${String(new URLSearchParams({ ...query, redirect_uri: CALLBACK }))}`,
        { stopAt: CALLBACK },
      );
      expect(new URL(page.url).searchParams.get('error')).toBe('invalid_request');
    });
  },
  {
    /** The address of the documents is known once they are served. */
    get env() {
      return {
        PROFILE: 'conformance',
        CONFORMANCE_SUITE_URL: SUITE,
        OUTBOUND_ALLOWED_HOSTS: documents.host,
      };
    },
  },
);
