import { beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { faultsOf } from '../../src/domain/client-faults.js';
import { authMethods, settingsOf, toMetadata } from '../../src/domain/client-settings.js';
import type { ClientSettings } from '../../src/domain/client-settings.js';
import { protocolMetadata, type ProtocolLimits } from '../../src/domain/protocol-metadata.js';
import type { ClientKind } from '../../src/store/clients.js';
import type { Json, JsonObject } from '../../src/store/store.js';
import { certificateJwks } from '../../src/domain/certificate-jwks.js';
import { createCertificate } from '../support/certificates.js';

const limits: ProtocolLimits = {
  responseTypes: ['code', 'code id_token'],
  ciba: true,
  clientCertificates: 'all',
};
const jwk = (type: 'rsa' | 'ec', bits = 2048): JsonObject => {
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ format: 'jwk' }) as JsonObject;
};
const jwks = { keys: [jwk('ec')] };

const subject = { tls_client_auth_subject_dn: 'CN=orders' };
const bound = { tls_client_certificate_bound_access_tokens: true };
let x5c: JsonObject;
beforeAll(async () => {
  x5c = certificateJwks((await createCertificate({ name: 'orders' })).cert);
});

const web = (settings: Partial<ClientSettings>): ClientSettings => ({
  name: 'Orders',
  redirectUris: ['https://orders.example.com/cb'],
  requirePkce: true,
  ...settings,
});
const reasons = (settings: Partial<ClientSettings>, kind: ClientKind = 'web', within = limits) =>
  faultsOf(kind, kind !== 'spa', web(settings), within).map(({ field, reason }) => `${field} ${reason}`);

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
    ['backchannel_token_delivery_mode', 'push', 'must be one of poll, ping'],
    ['backchannel_client_notification_endpoint', 'http://app.example.com/ping', 'must be an https URL'],
    ['backchannel_authentication_request_signing_alg', 'HS256', 'must be one of'],
    ['backchannel_user_code_parameter', true, 'user codes are not supported'],
    ['software_id', 'a\nb', 'visible characters'],
    ['tls_client_certificate_bound_access_tokens', 'yes', 'must be true or false'],
    ['tls_client_auth_subject_dn', 'report', 'as RFC 4514 writes it'],
    ['tls_client_auth_subject_dn', 'CN="Acme, Inc."', 'as RFC 4514 writes it'],
    ['tls_client_auth_subject_dn', ['CN=a'], 'visible characters'],
    ['tls_client_auth_subject_dn', `CN=${'a'.repeat(1000)}`, 'visible characters'],
    ['tls_client_auth_san_dns', '*.example.com', 'without wildcards'],
    ['tls_client_auth_san_uri', 'report', 'must be a URI'],
    ['tls_client_auth_san_ip', '192.0.2', 'must be an IP address'],
    ['tls_client_auth_san_email', 'report', 'must be an email address'],
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
      web({ profile: 'fapi2', authMethod: 'tls_client_auth', metadata: { ...subject, ...bound } }),
      web({ authMethod: 'self_signed_tls_client_auth', metadata: { jwks: x5c } }),
    ]) {
      expect(settingsOf({ kind: 'web', metadata: toMetadata('web', true, settings) })).toEqual(settings);
    }
  });
});

describe('certificates (RFC 8705)', () => {
  const pki: Partial<ClientSettings> = { authMethod: 'tls_client_auth', metadata: subject };
  const selfSigned: Partial<ClientSettings> = { authMethod: 'self_signed_tls_client_auth' };

  test('a client is known by exactly one thing in its certificate', () => {
    expect(reasons(pki)).toEqual([]);
    const two = { ...subject, tls_client_auth_san_dns: 'orders.example.com' };
    for (const metadata of [{}, two])
      expect(reasons({ ...pki, metadata })).toEqual([expect.stringContaining('needs exactly one of')]);
    expect(reasons({ metadata: subject })).toEqual([expect.stringContaining('tls_client_auth alone')]);
  });

  test('or by the certificate that it registered, which is that of its key', async () => {
    expect(reasons({ ...selfSigned, metadata: { jwks: x5c } })).toEqual([]);
    expect(reasons({ ...selfSigned, metadata: { jwks_uri: 'https://orders.example.com/jwks' } })).toEqual([]);
    expect(reasons(selfSigned)).toEqual([expect.stringContaining('jwks is missing')]);
    expect(reasons({ ...selfSigned, metadata: { jwks } })).toEqual([expect.stringContaining('in x5c')]);
    const [key] = x5c['keys'] as JsonObject[];
    const [certificate] = key!['x5c'] as string[];
    const other = certificateJwks((await createCertificate({ name: 'other' })).cert);
    const [foreign] = ((other['keys'] as JsonObject[])[0] as { x5c: string[] }).x5c;
    for (const wrong of [[foreign!], [`${certificate}AAAA`], ['AAAA'], ['-----BEGIN'], [], certificate!])
      expect(reasons({ ...selfSigned, metadata: { jwks: { keys: [{ ...key, x5c: wrong }] } } })).toEqual([
        expect.stringContaining('not the certificate of its key'),
      ]);
  });

  test('what is off cannot be chosen, and the reason names the variable', () => {
    const off: ProtocolLimits = { ...limits, clientCertificates: 'none' };
    for (const settings of [pki, { ...selfSigned, metadata: { jwks: x5c } }, { metadata: bound }])
      expect(reasons(settings, 'web', off)).toEqual([expect.stringContaining('is off: see MTLS')]);
    const some: ProtocolLimits = { ...limits, clientCertificates: 'self_signed' };
    expect(reasons(pki, 'web', some)).toEqual([expect.stringContaining('see MTLS_CA_FILE')]);
    expect(reasons({ ...selfSigned, metadata: { jwks: x5c, ...bound } }, 'web', some)).toEqual([]);
  });

  test('tokens are bound in one way, and are not from the authorization endpoint', () => {
    expect(reasons({ metadata: bound }, 'spa')).toEqual([]);
    expect(reasons({ metadata: { ...bound, dpop_bound_access_tokens: true } })).toEqual([
      'tls_client_certificate_bound_access_tokens cannot stand beside dpop_bound_access_tokens',
    ]);
    const within = { ...limits, responseTypes: ['code', 'code token'] };
    const metadata = { ...bound, response_types: ['code', 'code token'] };
    expect(reasons({ metadata }, 'web', within)).toEqual([expect.stringContaining('bound to nothing')]);
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

  test('takes a certificate for both: proof of the client, and what binds its tokens', () => {
    const settings = web({
      profile: 'fapi2',
      authMethod: 'tls_client_auth',
      metadata: { ...subject, ...bound },
    });
    expect(reasons(settings)).toEqual([]);
    expect(toMetadata('web', true, settings)).not.toHaveProperty(['dpop_bound_access_tokens']);
    expect(reasons({ ...settings, metadata: { ...subject, ...bound, jwks } })).toEqual([
      expect.stringContaining('request_object_signing_alg must be one of'),
    ]);
    expect(reasons({ ...fapi, authMethod: 'self_signed_tls_client_auth', metadata: { jwks: x5c } })).toEqual(
      [],
    );
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

describe('the grant of CIBA (OpenID Connect CIBA Core 1.0, 4)', () => {
  const grant = 'urn:openid:params:grant-type:ciba';
  const grant_types = ['authorization_code', 'refresh_token', grant];
  const poll = { grant_types, backchannel_token_delivery_mode: 'poll' };
  const ping = {
    grant_types,
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: 'https://orders.example.com/ping',
  };

  test.each<[string, JsonObject]>([
    ['polls', poll],
    ['is pinged', ping],
    ['signs its requests', { ...poll, jwks, backchannel_authentication_request_signing_alg: 'ES256' }],
    ['says that it sends no user code', { ...poll, backchannel_user_code_parameter: false }],
  ])('goes to a client that %s', (_what, metadata) => {
    expect(reasons({ metadata })).toEqual([]);
  });

  test('goes to a program without redirect URIs', () => {
    const program = { name: 'Support', metadata: { ...poll, grant_types: [grant, 'refresh_token'] } };
    expect(faultsOf('service', true, program, limits)).toEqual([]);
  });

  test.each<[string, JsonObject, string]>([
    ['does not say how it learns', { grant_types }, 'backchannel_token_delivery_mode is missing'],
    [
      'is to be pinged nowhere',
      { grant_types, backchannel_token_delivery_mode: 'ping' },
      'backchannel_client_notification_endpoint is missing',
    ],
    [
      'polls, and is to be pinged',
      { ...ping, backchannel_token_delivery_mode: 'poll' },
      'whose backchannel_token_delivery_mode is ping',
    ],
    [
      'has other subjects at each sector',
      { ...poll, subject_type: 'pairwise' },
      'cannot stand beside the grant',
    ],
    [
      'signs its requests by a key that is not known',
      { ...poll, backchannel_authentication_request_signing_alg: 'ES256' },
      'jwks is missing',
    ],
    ['has not got the grant', { backchannel_token_delivery_mode: 'poll' }, 'is for clients with the grant'],
  ])('does not go to a client that %s', (_what, metadata, because) => {
    expect(reasons({ metadata })).toEqual([expect.stringContaining(because)]);
  });

  test.each<ClientKind>(['spa', 'native', 'device', 'api'])('does not go to the kind %s', (kind) => {
    const faults = faultsOf(
      kind,
      false,
      { name: 'App', metadata: { ...poll, grant_types: [grant] } },
      limits,
    );
    expect(faults).toContainEqual(
      expect.objectContaining({ reason: `cannot hold ${grant} for the kind ${kind}` }),
    );
  });

  test('goes to nobody where CIBA is off', () => {
    expect(faultsOf('web', true, web({ metadata: poll }), { ...limits, ciba: false })).toEqual([
      expect.objectContaining({
        field: 'grant_types',
        reason: `cannot hold ${grant}: CIBA is off (see the variable CIBA)`,
      }),
    ]);
  });
});
