import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { authMethods, faultsOf, settingsOf, toMetadata } from '../../src/domain/client-settings.js';
import type { ClientSettings } from '../../src/domain/client-settings.js';
import { protocolMetadata } from '../../src/domain/protocol-metadata.js';
import type { ClientKind } from '../../src/store/clients.js';
import type { Json, JsonObject } from '../../src/store/store.js';

const limits = { responseTypes: ['code', 'code id_token'] };
const jwk = (type: 'rsa' | 'ec', bits = 2048): JsonObject => {
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ format: 'jwk' }) as JsonObject;
};
const jwks = { keys: [jwk('ec')] };

const web = (settings: Partial<ClientSettings>): ClientSettings => ({
  name: 'Orders',
  redirectUris: ['https://orders.example.com/cb'],
  requirePkce: true,
  ...settings,
});
const reasons = (settings: Partial<ClientSettings>, kind: ClientKind = 'web') =>
  faultsOf(kind, kind !== 'spa', web(settings), limits).map(({ field, reason }) => `${field} ${reason}`);

describe('client metadata for the less common parts of the protocol', () => {
  test.each<[name: string, value: Json, because: string]>([
    ['is_admin', true, 'is no client metadata'],
    ['__proto__', 'x', 'is no client metadata'],
    ['grant_types', ['password'], 'cannot hold password'],
    ['grant_types', ['client_credentials'], 'for the kind web'],
    ['response_types', ['code token'], 'RESPONSE_TYPES allows code, code id_token'],
    ['response_types', [], 'must be a list'],
    ['response_types', 'code', 'must be a list'],
    ['jwks', { keys: [] }, '1 to 20 keys'],
    ['jwks', { keys: Array.from({ length: 100 }, () => jwks.keys[0]!) }, '1 to 20 keys'],
    ['jwks', { keys: [{ ...jwks.keys[0]!, d: 'AAAA' }] }, 'holds a private key'],
    ['jwks', { keys: [{ kty: 'oct', k: 'AAAA' }] }, 'holds a private key'],
    ['jwks', { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] }, 'cannot be read'],
    ['jwks', { keys: [jwk('rsa', 1024)] }, 'fewer than 2048 bits'],
    ['jwks', jwks.keys[0]!, 'must be a JWK Set'],
    ['jwks_uri', 'http://keys.example.com/', 'must be an https URL'],
    ['request_uris', ['https://app.example.com/request.jwt#a#b'], 'has a fragment'],
    ['request_uris', ['http://app.example.com/request.jwt'], 'must be an https URL'],
    ['sector_identifier_uri', 'ftp://app.example.com/', 'must be an https URL'],
    ['id_token_signed_response_alg', 'none', 'must be one of'],
    ['id_token_signed_response_alg', 'HS256', 'must be one of'],
    ['id_token_encrypted_response_alg', 'RSA1_5', 'must be one of'],
    ['token_endpoint_auth_signing_alg', 'none', 'must be one of'],
    ['request_object_signing_alg', 'none', 'must be one of'],
    ['dpop_bound_access_tokens', 'yes', 'must be true or false'],
    ['default_max_age', -1, 'must be a number of seconds'],
    ['subject_type', 'secret', 'must be one of public, pairwise'],
    ['software_id', 'a\nb', 'visible characters'],
  ])('%s %j is refused', (name, value, because) => {
    const metadata = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as JsonObject;
    expect(reasons({ metadata })).toContainEqual(expect.stringContaining(because));
  });

  test('an address of a request object may say which version of it is meant', () => {
    const request_uris = ['https://app.example.com/request.jwt#GtifQQbP9eJJM8ULQ2WrqFPLP6Pc6C8sKuRuhTzUhVo'];
    expect(reasons({ metadata: { request_uris } })).toEqual([]);
  });

  test('each member is described, and says where it is defined', () => {
    for (const [name, { about, spec }] of Object.entries(protocolMetadata)) {
      expect([name, about, spec]).toEqual([
        name,
        expect.stringMatching(/^[^A-Z].+/u),
        expect.stringMatching(/\d/u),
      ]);
    }
  });

  test('keys are wanted by what needs them', () => {
    expect(reasons({ authMethod: 'private_key_jwt' })).toEqual([expect.stringContaining('jwks is missing')]);
    expect(reasons({ metadata: { id_token_encrypted_response_alg: 'RSA-OAEP-256' } })).toHaveLength(1);
    expect(reasons({ metadata: { id_token_encrypted_response_alg: 'dir' } })).toEqual([]);
    expect(reasons({ authMethod: 'private_key_jwt', metadata: { jwks } })).toEqual([]);
    expect(reasons({ metadata: { jwks, jwks_uri: 'https://orders.example.com/jwks' } })).toEqual([
      expect.stringContaining('cannot stand beside jwks'),
    ]);
  });

  test('a device has no sector, so that its subjects cannot be pairwise, nor redirect URIs', () => {
    expect(reasons({ metadata: { subject_type: 'pairwise' } }, 'device')).toEqual([
      'redirectUris are not for the kind device: no browser is sent back to it',
      expect.stringContaining('subject_type cannot stand beside'),
    ]);
  });

  test.each(authMethods)('%s needs a client that can keep a secret', (authMethod) => {
    expect(reasons({ authMethod, metadata: { jwks } }, 'spa')).toEqual([
      expect.stringContaining('authMethod'),
    ]);
  });

  test('settings come back as they were said, and nothing that was only implied', () => {
    for (const settings of [
      web({}),
      web({ profile: 'fapi2', authMethod: 'private_key_jwt', metadata: { jwks } }),
      web({ metadata: { response_types: ['code', 'code id_token'], default_max_age: 0 } }),
    ]) {
      expect(settingsOf({ kind: 'web', metadata: toMetadata('web', true, settings) })).toEqual(settings);
    }
  });
});

describe('the profile fapi2 (FAPI 2.0 Security Profile 5.3, 5.4)', () => {
  const fapi: Partial<ClientSettings> = {
    profile: 'fapi2',
    authMethod: 'private_key_jwt',
    metadata: { jwks },
  };

  test('brings what it demands', () => {
    expect(reasons(fapi)).toEqual([]);
    expect(toMetadata('web', true, web(fapi))).toMatchObject({
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: 'PS256',
    });
  });

  test.each<[string, Partial<ClientSettings>]>([
    ['a secret', { authMethod: 'client_secret_basic' }],
    ['RS256', { metadata: { jwks, id_token_signed_response_alg: 'RS256' } }],
    ['requests through the browser', { metadata: { jwks, require_pushed_authorization_requests: false } }],
    ['tokens that anybody can use', { metadata: { jwks, dpop_bound_access_tokens: false } }],
    ['no PKCE', { requirePkce: false }],
    ['tokens from the authorization endpoint', { metadata: { jwks, response_types: ['code id_token'] } }],
  ])('does not go with %s', (_what, settings) => {
    expect(reasons({ ...fapi, ...settings })).toHaveLength(1);
  });
});
