import { expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { flow, inParallel } from '../support/flow.js';
import { APP_URI, manage, register } from '../support/registration.js';
import { expectAlive } from '../support/refusals.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = publicKey.export({ format: 'jwk' });
const privateJwk = privateKey.export({ format: 'jwk' });

const badUris: [string, unknown][] = [
  ['a fragment', `${APP_URI}#fragment`],
  ['a wildcard', 'https://*.example.com/callback'],
  ['a script', 'javascript:alert(1)'],
  ['data', 'data:text/html,hi'],
  ['http', 'http://app.example.com/callback'],
  ['loopback by name', 'http://localhost:3000/callback'],
  ['loopback by name, with https', 'https://localhost/callback'],
  ['a name under localhost', 'https://app.localhost/callback'],
  ['loopback by number', 'https://127.0.0.1/callback'],
  ['loopback in IPv6', 'https://[::1]/callback'],
  ['a private network', 'https://192.168.1.10/callback'],
  ['the address of cloud metadata', 'https://169.254.169.254/callback'],
  ['a private network in IPv6', 'https://[fd00::1]/callback'],
  ['a private network in IPv6 as it was once', 'https://[fec0::1]/callback'],
  ['loopback mapped into IPv6', 'https://[::ffff:7f00:1]/callback'],
  ['loopback behind a translator of the network', 'https://[64:ff9b:1::7f00:1]/callback'],
  ['a private network behind a 6to4 relay', 'https://[2002:a00:1::1]/callback'],
  ['loopback behind a Teredo relay', 'https://[2001::80ff:fffe]/callback'],
  ['loopback as IPv4 was first written in IPv6', 'https://[::7f00:1]/callback'],
  ['an address in disguise', 'https://0x7f.1/callback'],
  ['a name without a domain', 'https://intranet/callback'],
  ['a local name', 'https://printer.local/callback'],
  ['a scheme of its own for a web app', 'com.example.app:/callback'],
  ['a user name before the host', 'https://bank.example@evil.example/callback'],
  ['dots in its path', 'https://app.example.com/a/../callback'],
  ['a line break', 'https://app.example.com/call\r\nback'],
  ['letters that pass for others', 'https://аpp.example.com/callback'],
  ['no scheme', 'app.example.com/callback'],
  ['nothing', ''],
  ['2001 characters', `https://app.example.com/${'x'.repeat(2000)}`],
  ['a number', 1],
  ['a list', [APP_URI]],
  ['null', null],
];

const badMetadata: [string, object, RegExp][] = [
  ['text where a list belongs', { contacts: 'ada@example.com' }, /^contacts must be a list/u],
  ['a number where text belongs', { client_name: 7 }, /^client_name must be text/u],
  ['an object where text belongs', { logo_uri: {} }, /^logo_uri must be text/u],
  ['text where a truth value belongs', { require_auth_time: 'yes' }, /^require_auth_time/u],
  ['invisible characters in the name', { client_name: 'Acme\u202egnp' }, /^client_name .*invisible/u],
  ['a name that nobody sees', { client_name: '\u3164\u034f \u2800' }, /^client_name .*is empty/u],
  ['a name that is too long', { client_name: 'x'.repeat(101) }, /^client_name .*100 characters/u],
  ['a contact that is none', { contacts: ['ada'] }, /^contacts/u],
  ['21 contacts', { contacts: Array.from({ length: 21 }, (_, n) => `a${n}@example.com`) }, /^contacts/u],
  ['a private key', { jwks: { keys: [privateJwk] } }, /^jwks .*private key/u],
  ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, /^jwks/u],
  ['100 keys', { jwks: { keys: Array.from({ length: 100 }, () => publicJwk) } }, /^jwks .*1 to 20 keys/u],
  ['no keys', { jwks: { keys: [] } }, /^jwks/u],
  ['keys that are none', { jwks: { keys: [1] } }, /^jwks/u],
  ['keys twice', { jwks: { keys: [publicJwk] }, jwks_uri: 'https://app.example.com/jwks' }, /^jwks_uri/u],
  ['keys on http', { jwks_uri: 'http://app.example.com/jwks' }, /^jwks_uri/u],
  ['keys inside', { jwks_uri: 'https://10.0.0.1/jwks' }, /^jwks_uri .*private host/u],
  ['a sector inside', { sector_identifier_uri: 'https://localhost/sector' }, /^sector_identifier_uri/u],
  ['a logo inside', { logo_uri: 'https://192.168.0.1/logo.png' }, /^logo_uri .*private host/u],
  ['sign-out told inside', { backchannel_logout_uri: 'https://[::1]/out' }, /^backchannel_logout_uri/u],
  ['a script for a home page', { client_uri: 'javascript:alert(1)' }, /^client_uri/u],
  ['no keys for private_key_jwt', { token_endpoint_auth_method: 'private_key_jwt' }, /^jwks/u],
  ['an unknown way to authenticate', { token_endpoint_auth_method: 'password' }, /^token_endpoint_auth/u],
  [
    'a certificate, where none is asked for',
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=app' },
    /^token_endpoint_auth_method/u,
  ],
  ['tokens bound to one', { tls_client_certificate_bound_access_tokens: true }, /^tls_client_certificate/u],
  ['none to sign ID tokens', { id_token_signed_response_alg: 'none' }, /^id_token_signed_response_alg/u],
  ['none to sign userinfo', { userinfo_signed_response_alg: 'none' }, /^userinfo_signed_response_alg/u],
  ['none to sign requests', { request_object_signing_alg: 'none' }, /^request_object_signing_alg/u],
  ['HS256 to sign ID tokens', { id_token_signed_response_alg: 'HS256' }, /^id_token_signed_response_alg/u],
  ['RSA1_5', { id_token_encrypted_response_alg: 'RSA1_5' }, /id_token_encrypted_response_alg/u],
  [
    'the grant of services',
    { grant_types: ['client_credentials'] },
    /client_credentials: it is not for apps that register/u,
  ],
  ['the grant of passwords', { grant_types: ['password'] }, /^grant_types .*password/u],
  ['tokens through the browser', { response_types: ['token'] }, /response_types/u],
  ['an unknown response type', { response_types: ['magic'] }, /response_types/u],
  ['an unknown kind of app', { application_type: 'desktop' }, /^application_type/u],
  ['an unknown kind of subject', { subject_type: 'secret' }, /^subject_type/u],
  [
    'the sector of another app, by a scheme that any program can claim',
    {
      application_type: 'native',
      redirect_uris: ['com.evil.app://app.example.com/callback'],
      subject_type: 'pairwise',
    },
    /^sector_identifier_uri is missing/u,
  ],
  [
    'that sector beside an address in it',
    {
      application_type: 'native',
      redirect_uris: [APP_URI, 'com.evil.app://app.example.com/callback'],
      subject_type: 'pairwise',
    },
    /^sector_identifier_uri is missing/u,
  ],
  ['http to start a sign-in', { initiate_login_uri: 'http://app.example.com/login' }, /^initiate_login_uri/u],
];

const badBodies: [string, RequestInit, number][] = [
  ['a form', { body: new URLSearchParams({ client_name: 'Acme' }) }, 415],
  ['text', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415],
  ['broken JSON', { body: '{"redirect_uris":', headers: { 'content-type': 'application/json' } }, 400],
  ['a list', { body: '[]', headers: { 'content-type': 'application/json' } }, 400],
  ['null', { body: 'null', headers: { 'content-type': 'application/json' } }, 400],
  ['a number', { body: '1', headers: { 'content-type': 'application/json' } }, 400],
  [
    '100 kB',
    {
      body: JSON.stringify({ client_name: 'x'.repeat(100_000) }),
      headers: { 'content-type': 'application/json' },
    },
    413,
  ],
];

/** Everything that RFC 7591, OpenID Connect and their extensions know of a client, and what is ours. */
const MEMBERS = [
  ...['application_type', 'client_name', 'client_uri', 'contacts', 'default_acr_values', 'default_max_age'],
  ...['grant_types', 'id_token_signed_response_alg', 'initiate_login_uri', 'jwks', 'jwks_uri', 'logo_uri'],
  ...['policy_uri', 'redirect_uris', 'require_auth_time', 'response_types', 'response_modes', 'scope'],
  ...['sector_identifier_uri', 'subject_type', 'token_endpoint_auth_method', 'tos_uri', 'software_id'],
  ...['token_endpoint_auth_signing_alg', 'userinfo_signed_response_alg', 'id_token_encrypted_response_alg'],
  ...['id_token_encrypted_response_enc', 'post_logout_redirect_uris', 'backchannel_logout_uri'],
  ...['backchannel_logout_session_required', 'request_uris', 'require_signed_request_object'],
  ...['require_pushed_authorization_requests', 'dpop_bound_access_tokens', 'software_statement'],
  ...['request_object_signing_alg', 'authorization_signed_response_alg', 'introspection_signed_response_alg'],
  ...[
    'client_id',
    'client_secret',
    'client_id_issued_at',
    'client_secret_expires_at',
    'policies',
    '__proto__',
  ],
  ...['first_party', 'resources', 'profile', 'introspect_all', 'toString', 'constructor', 'client_name#de'],
];

const STRANGE: unknown[] = [
  ...[null, true, 0, -1, 1e308, '', ' ', '\0', '\ud800', 'x'.repeat(10_000)],
  ...[[], [[]], [null], [1], [{}], {}, { keys: {} }, { keys: [{ kty: 'RSA' }] }, { $ne: null }],
];

flow(
  'Bad input at registration',
  (gatehouse) => {
    test.each(badUris)('a redirect URI with %s is refused', async (_what, uri) => {
      const { status, body } = await register(gatehouse(), { redirect_uris: [uri] });
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_redirect_uri' });
      expect(body.error_description).toMatch(/^redirect_uris [ !#-[\]-~]+$/u);
    });

    test.each([
      'https://192.168.1.10/callback',
      'https://localhost/callback',
      'http://10.0.0.1/callback',
      'acme:/cb',
    ])('a native app cannot have %s: of private hosts, only http on loopback is its own', async (uri) => {
      const native = { application_type: 'native', redirect_uris: [uri] };
      expect(await register(gatehouse(), native)).toMatchObject({
        status: 400,
        body: { error: 'invalid_redirect_uri' },
      });
    });

    test('an app must say where people are sent back to', async () => {
      for (const redirect_uris of [undefined, [], 'https://app.example.com/callback'])
        expect(await register(gatehouse(), { redirect_uris })).toMatchObject({
          status: 400,
          body: { error: 'invalid_redirect_uri' },
        });
    });

    test.each(badMetadata)('%s: refused', async (_what, metadata, description) => {
      const { status, body } = await register(gatehouse(), metadata);
      expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_client_metadata' });
      expect(body.error_description).toMatch(description);
      expect(body.error_description).toMatch(/^[ !#-[\]-~]+$/u);
    });

    test.each(badBodies)('%s for a body: refused', async (_what, init, status) => {
      const answer = await fetch(`${gatehouse().issuer}/reg`, { method: 'POST', ...init });
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
      await expectAlive(gatehouse());
    });

    test('everything that is wrong is told at once', async () => {
      const { body } = await register(gatehouse(), {
        redirect_uris: [`${APP_URI}#x`, 'https://10.0.0.1/callback'],
        contacts: ['ada'],
        subject_type: 'secret',
      });
      expect(body.error).toBe('invalid_redirect_uri');
      for (const reason of ['fragment', 'private host', 'not an email address', 'must be one of public'])
        expect(body.error_description).toContain(reason);
    });

    test.each(MEMBERS)(
      'no value of %s makes the server fail, or lets in who cannot sign in',
      async (name) => {
        await inParallel(STRANGE.length, async (index) => {
          const value = STRANGE[index];
          const { status, body } = await register(gatehouse(), { [name]: value });
          expect([value, status === 201 || status === 400]).toEqual([value, true]);
          if (status !== 201) return;
          const query = { client_id: body.client_id, redirect_uri: APP_URI, response_type: 'code' };
          const pkce = { scope: 'openid', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
          const address = `${gatehouse().issuer}/auth?${new URLSearchParams({ ...query, ...pkce })}`;
          expect([value, (await fetch(address, { redirect: 'manual' })).status]).toEqual([value, 303]);
        });
      },
    );

    test('nothing that was refused is stored', async () => {
      const ids = async () =>
        (await gatehouse().gatehouse.clients.list({ limit: 1000 })).clients.map(({ id }) => id);
      const before = await ids();
      await register(gatehouse(), { redirect_uris: ['https://localhost/callback'] });
      expect(await ids()).toEqual(before);
    });

    test('other methods are told which there are', async () => {
      const { issuer } = gatehouse();
      const got = await fetch(`${issuer}/reg`);
      expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
      const posted = await fetch(`${issuer}/reg/dyn-1`, { method: 'POST' });
      expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE']);
    });
  },
  { env: { REGISTRATION: 'open', REGISTRATION_PER_ADDRESS: '10000' } },
);

flow(
  'Bad input at the management of a client',
  (gatehouse) => {
    test('the token of another client, or none, changes and tells nothing', async () => {
      const mine = await register(gatehouse(), { client_name: 'Mine' });
      const theirs = await register(gatehouse(), { client_name: 'Theirs' });
      const { read, update, remove } = manage(theirs.body);
      const update_ = { client_id: theirs.body.client_id, redirect_uris: ['https://evil.example/callback'] };
      for (const token of [mine.body.registration_access_token, theirs.body.client_secret, '', 'ghr_x']) {
        for (const answer of [await read(token), await update(update_, token), await remove(token)]) {
          expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
          expect(JSON.stringify(answer.body)).not.toContain('Theirs');
        }
      }
      expect(await read()).toMatchObject({ status: 200, body: { redirect_uris: [APP_URI] } });
      const unknown = { ...theirs.body, registration_client_uri: `${gatehouse().issuer}/reg/dyn-unknown` };
      const [foreign, nobody] = [await manage(mine.body).read('ghr_x'), await manage(unknown).read()];
      expect([nobody.status, nobody.body]).toEqual([foreign.status, foreign.body]);
    });

    test('a client that the operator added has no such address', async () => {
      const { id, secret } = await gatehouse().addClient({ kind: 'web', redirectUris: [APP_URI] });
      const added = { registration_client_uri: `${gatehouse().issuer}/reg/${id}` };
      for (const registration_access_token of [secret, ''])
        expect(await manage({ ...added, registration_access_token }).read()).toMatchObject({ status: 401 });
    });

    test.each([
      ['no client id', { client_id: undefined }],
      ['the id of another', { client_id: 'dyn-other' }],
      ['a secret that is not its own', { client_secret: 'ghs_other' }],
      ['a secret that is no text', { client_secret: { $ne: 1 } }],
      ['its registration access token', { registration_access_token: 'ghr_x' }],
      ['its address', { registration_client_uri: 'https://evil.example' }],
      ['the end of its secret', { client_secret_expires_at: 1 }],
      ['its age', { client_id_issued_at: 1 }],
    ])('an update with %s: refused', async (_what, members) => {
      const { body } = await register(gatehouse());
      const { read, update } = manage(body);
      const answer = await update({ client_id: body.client_id, redirect_uris: [APP_URI], ...members });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await read()).toMatchObject({ status: 200, body: { redirect_uris: [APP_URI] } });
    });

    test('an update is judged as a registration is, and replaces all that was said', async () => {
      const { body } = await register(gatehouse(), { contacts: ['ada@example.com'], client_name: 'Acme' });
      const { update, read } = manage(body);
      const own = { client_id: body.client_id, client_secret: body.client_secret };
      expect(await update({ ...own, redirect_uris: ['https://10.0.0.1/'] })).toMatchObject({
        status: 400,
        body: { error: 'invalid_redirect_uri' },
      });
      expect((await read()).body.client_name).toBe('Acme');
      const replaced = await update({ ...own, redirect_uris: [APP_URI], client_name: null });
      expect(replaced).toMatchObject({ status: 200, body: { client_name: 'app.example.com' } });
      expect(replaced.body).not.toHaveProperty('contacts');
      expect(replaced.body).not.toHaveProperty('client_secret');
    });

    test('a client that becomes confidential gets a secret; of parallel updates none fails', async () => {
      const { body } = await register(gatehouse(), { token_endpoint_auth_method: 'none' });
      expect(body).not.toHaveProperty('client_secret');
      const { update } = manage(body);
      const own = { client_id: body.client_id, redirect_uris: [APP_URI] };
      expect((await update(own)).body.client_secret).toMatch(/^ghs_/u);
      const answers = await Promise.all([1, 2, 3, 4].map((n) => update({ ...own, client_name: `App ${n}` })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    });
  },
  { env: { REGISTRATION: 'open', REGISTRATION_PER_ADDRESS: '1000' } },
);
