import { expect, test } from '@jest/globals';
import { flow } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { obtainTokens, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const LOCATIONS = [
  '/oidc/.well-known/openid-configuration',
  '/oidc/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration/oidc',
  '/.well-known/oauth-authorization-server/oidc',
];

type Metadata = Record<string, unknown>;

async function metadataAt(gatehouse: Instance, location: string): Promise<Metadata> {
  const answer = await rawRequest(gatehouse, { target: location });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as Metadata;
}

const metadataOf = (gatehouse: Instance) => metadataAt(gatehouse, LOCATIONS[0]!);

async function keysOf({ issuer }: Instance): Promise<Record<string, string>[]> {
  const response = await fetch(`${issuer}/jwks`);
  return ((await response.json()) as { keys: Record<string, string>[] }).keys;
}

flow('Discovery (OpenID Connect Discovery 1.0, RFC 8414)', (gatehouse) => {
  test('one document stands at all four addresses of an issuer with a path', async () => {
    const documents = await Promise.all(LOCATIONS.map((location) => metadataAt(gatehouse(), location)));
    expect(documents[0]!['issuer']).toBe(gatehouse().issuer);
    for (const document of documents) expect(document).toEqual(documents[0]);
  });

  test.each([
    ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
    ['X-Forwarded-Proto', { 'x-forwarded-proto': 'https' }],
    ['X-Forwarded-Port', { 'x-forwarded-port': '1' }],
    ['X-Forwarded-Prefix', { 'x-forwarded-prefix': '/evil' }],
    ['X-Original-Host', { 'x-original-host': 'evil.example' }],
    ['Forwarded', { forwarded: 'host=evil.example;proto=https' }],
    ['Origin', { origin: 'https://evil.example' }],
  ])('its addresses come from the issuer, whatever %s says', async (_header, headers) => {
    const { text } = await rawRequest(gatehouse(), { target: LOCATIONS[0]!, headers });
    const metadata = JSON.parse(text) as Metadata;
    expect(metadata).toEqual(await metadataOf(gatehouse()));
    const addresses = Object.values(metadata).filter(
      (value) => typeof value === 'string' && value.includes('://'),
    );
    expect(addresses.length).toBeGreaterThan(6);
    for (const address of addresses) expect(String(address).startsWith(gatehouse().issuer)).toBe(true);
  });

  test('a request for another host gets no document', async () => {
    const { status, text } = await rawRequest(gatehouse(), {
      target: LOCATIONS[0]!,
      headers: { host: 'evil.example' },
    });
    expect(status).toBe(421);
    expect(text).not.toContain('evil.example');
  });

  test('says what is so: the code flow with PKCE S256, and nothing of what is switched off', async () => {
    const metadata = await metadataOf(gatehouse());
    expect(metadata).toMatchObject({
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      request_uri_parameter_supported: true,
      require_request_uri_registration: true,
      authorization_response_iss_parameter_supported: true,
      subject_types_supported: ['public', 'pairwise'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
    expect(metadata['token_endpoint_auth_methods_supported']).toEqual([
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'none',
    ]);
    expect(metadata['id_token_signing_alg_values_supported']).toEqual([
      'RS256',
      'PS256',
      'ES256',
      'ES384',
      'EdDSA',
    ]);
    expect(new Set(metadata['grant_types_supported'] as string[])).toEqual(
      new Set([
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ]),
    );
    expect(new Set(metadata['scopes_supported'] as string[])).toEqual(
      new Set(['openid', 'offline_access', 'profile', 'email', 'phone', 'address']),
    );
    expect(metadata['claims_supported']).toEqual(
      expect.arrayContaining([
        ...['sub', 'iss', 'sid', 'acr', 'amr', 'auth_time', 'name', 'given_name', 'family_name', 'email'],
        ...['email_verified', 'phone_number', 'address', 'locale', 'zoneinfo', 'updated_at'],
      ]),
    );
    for (const off of ['registration_endpoint', 'backchannel_authentication_endpoint']) {
      expect(metadata).not.toHaveProperty([off]);
    }
  });

  test.each([...LOCATIONS, '/oidc/jwks'])(
    '%s may be kept for five minutes, and read by any page',
    async (target) => {
      const { status, headers } = await rawRequest(gatehouse(), {
        target,
        headers: { origin: 'https://app.example' },
      });
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('public, max-age=300');
      expect(headers['access-control-allow-origin']).toMatch(/^(?:\*|https:\/\/app\.example)$/u);
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      expect(headers['content-type']).toContain('json');
    },
  );
});

flow('The published keys (RFC 7517)', (gatehouse) => {
  test('have names of their own, and nothing of their private parts', async () => {
    const keys = await keysOf(gatehouse());
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    expect(keys.map(({ use, alg }) => `${use} ${alg}`)).toEqual([
      'sig RS256',
      'sig PS256',
      'sig ES256',
      'sig ES384',
      'sig EdDSA',
      'enc RSA-OAEP-256',
      'enc ECDH-ES',
      'enc ECDH-ES+A256KW',
    ]);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.stringMatching(/.+/u) });
      expect(Object.keys(key)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(?:d|p|q|dp|dq|qi|oth|k)$/u)]),
      );
    }
  });
});

flow('What the library would show by itself', (gatehouse) => {
  test('its interaction pages for development are not there', async () => {
    for (const target of ['/oidc/interaction/some-uid', '/oidc/interaction/some-uid/abort']) {
      const { status, text } = await rawRequest(gatehouse(), { target, headers: { accept: 'text/html' } });
      expect([400, 404]).toContain(status);
      expect(text).toContain('data-error');
    }
  });

  test('it has nothing to warn about: each default that it would name is replaced by ours', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { browser } = await obtainTokens(rp, user);
    await browser.open(`${gatehouse().issuer}/session/end`);
    await browser.open(`${gatehouse().issuer}/auth?client_id=unknown`);
    const notices = gatehouse()
      .logged.map((line) => JSON.parse(line) as { from?: string; msg: string })
      .filter(({ from }) => from === 'oidc-provider');
    expect(notices).toEqual([]);
  });
});
