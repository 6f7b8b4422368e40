import { expect, test } from '@jest/globals';
import { basic, flow, postForm } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectRefusal } from '../support/refusals.js';
import { obtainTokens, REDIRECT_URI, webApp } from '../support/relying-party.js';

/** What an installation that sets nothing says of itself; whoever adds to it has switched something on for everybody. */
const MEMBERS = `
  acr_values_supported authorization_encryption_alg_values_supported
  authorization_encryption_enc_values_supported authorization_endpoint
  authorization_response_iss_parameter_supported authorization_signing_alg_values_supported
  backchannel_logout_session_supported backchannel_logout_supported claim_types_supported
  claims_parameter_supported claims_supported code_challenge_methods_supported
  device_authorization_endpoint dpop_signing_alg_values_supported end_session_endpoint
  grant_types_supported id_token_encryption_alg_values_supported
  id_token_encryption_enc_values_supported id_token_signing_alg_values_supported
  introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
  introspection_endpoint introspection_signing_alg_values_supported issuer jwks_uri
  pushed_authorization_request_endpoint request_object_encryption_alg_values_supported
  request_object_encryption_enc_values_supported request_object_signing_alg_values_supported
  request_parameter_supported request_uri_parameter_supported require_request_uri_registration
  response_modes_supported response_types_supported revocation_endpoint scopes_supported
  subject_types_supported token_endpoint token_endpoint_auth_methods_supported
  token_endpoint_auth_signing_alg_values_supported userinfo_encryption_alg_values_supported
  userinfo_encryption_enc_values_supported userinfo_endpoint userinfo_signing_alg_values_supported
`;
/** What clients are given besides their kind's grants is each client's own switch. */
const GRANTS = [
  'authorization_code',
  'client_credentials',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
];

flow('An installation that switches nothing on', (gatehouse) => {
  test('says so in its metadata, member by member', async () => {
    const answer = await fetch(`${gatehouse().issuer}/.well-known/openid-configuration`);
    const metadata = (await answer.json()) as Record<string, unknown>;
    expect(Object.keys(metadata).sort()).toEqual(MEMBERS.trim().split(/\s+/u));
    expect(metadata).toMatchObject({
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    });
    expect((metadata['grant_types_supported'] as string[]).toSorted()).toEqual(GRANTS);
    const algorithms = Object.entries(metadata).filter(([name]) => /_(?:alg|enc)_values_/u.test(name));
    expect(JSON.stringify(algorithms)).not.toMatch(/"none"|RSA1_5|RSA-OAEP"|CBC|SHA1/u);
  });

  test.each([
    ['token'],
    ['id_token'],
    ['id_token token'],
    ['code token'],
    ['code id_token'],
    ['code id_token token'],
    ['none'],
  ])('answers response_type=%s with no token', async (type) => {
    const { rp } = await webApp(gatehouse());
    const { url } = await rp.begin({ response_type: type });
    const answer = await fetch(url, { redirect: 'manual' });
    const told = new URL(answer.headers.get('location')!.replace('#', '?')).searchParams;
    expect([told.get('error'), told.get('access_token')]).toEqual(['unsupported_response_type', null]);
  });

  test.each<[what: string, changes: Record<string, string>, error: string]>([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['with PKCE by plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    [
      'with authorization details',
      { authorization_details: '[{"type":"payment"}]' },
      'invalid_authorization_details',
    ],
    [
      'with a request object that lies elsewhere',
      { request_uri: 'https://app.example/r' },
      'request_uri_not_supported',
    ],
  ])('refuses a request %s', async (_what, changes, error) => {
    const { rp } = await webApp(gatehouse());
    const { url } = await rp.begin(changes);
    const answer = await fetch(url, { redirect: 'manual' });
    const told = new URL(answer.headers.get('location')!).searchParams;
    expect([told.get('error'), told.get('code')]).toEqual([error, null]);
  });

  test.each<[grant: string, parameters: Record<string, string>, error: string]>([
    ['password', { username: 'ada', password: 'x' }, 'unsupported_grant_type'],
    ['implicit', {}, 'unsupported_grant_type'],
    ['urn:openid:params:grant-type:ciba', { auth_req_id: 'x' }, 'unsupported_grant_type'],
    [
      'urn:ietf:params:oauth:grant-type:token-exchange',
      { subject_token: 'x', subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
      'unauthorized_client',
    ],
    ['urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion: 'x' }, 'unauthorized_client'],
    ['urn:ietf:params:oauth:grant-type:device_code', { device_code: 'x' }, 'unauthorized_client'],
    ['client_credentials', {}, 'unauthorized_client'],
  ])('gives a web app nothing by the grant %s', async (grant, parameters, error) => {
    const { app } = await webApp(gatehouse());
    const form = { grant_type: grant, ...parameters };
    const { status, body } = await postForm(`${gatehouse().issuer}/token`, form, basic(app));
    expect([status, body['error']]).toEqual([400, error]);
  });

  test.each([
    ['POST', '/reg'],
    ['GET', '/reg/some-client'],
    ['POST', '/backchannel'],
    ['GET', '/ciba-sim?authReqId=x&action=allow'],
    ['GET', '/account/requests'],
  ])('has no endpoint %s %s', async (method, path) => {
    const headers = method === 'POST' ? { 'content-type': 'application/json' } : {};
    const answer = await rawRequest(gatehouse(), { method, target: `/oidc${path}`, headers });
    expect(answer.status).toBe(404);
  });

  test('knows no client by an address that describes it', async () => {
    const target = `/oidc/auth?client_id=${encodeURIComponent('https://app.example/client.json')}&response_type=code`;
    const answer = await rawRequest(gatehouse(), { target, headers: asBrowser });
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error: 'invalid_client' });
  });

  test('takes an access token from the header or a form, and never from an address', async () => {
    const { rp } = await webApp(gatehouse());
    const { access_token: token } = await obtainTokens(rp, await gatehouse().addUser());
    const me = `${gatehouse().issuer}/me`;
    const statusOf = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).status;
    expect(await statusOf(me, { headers: { authorization: `Bearer ${token}` } })).toBe(200);
    expect(await statusOf(me, { method: 'POST', body: new URLSearchParams({ access_token: token }) })).toBe(
      200,
    );
    expect(await statusOf(`${me}?access_token=${token}`)).toBe(400);
  });

  test.each<[member: string, value: unknown]>([
    ['response_types', ['code', 'id_token']],
    ['response_types', ['none']],
    ['grant_types', ['authorization_code', 'password']],
    ['grant_types', ['authorization_code', 'urn:openid:params:grant-type:ciba']],
    ['grant_types', ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange']],
    ['grant_types', ['authorization_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer']],
    ['tls_client_certificate_bound_access_tokens', true],
    ['id_token_signed_response_alg', 'none'],
    ['id_token_signed_response_alg', 'HS256'],
    ['request_object_signing_alg', 'none'],
    ['id_token_encrypted_response_alg', 'RSA1_5'],
    ['id_token_encrypted_response_enc', 'A128CBC-HS256'],
    ['token_endpoint_auth_signing_alg', 'none'],
  ])('adds no client with %s %j', async (member, value) => {
    await expect(
      gatehouse().addClient({
        kind: 'web',
        redirectUris: [REDIRECT_URI],
        metadata: { [member]: value as string },
      }),
    ).rejects.toMatchObject({ faults: expect.arrayContaining([expect.objectContaining({ field: member })]) });
  });
});
