import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { assertionIssuerFaults, jwtBearerGrant } from '../../src/domain/assertion-issuers.js';
import { settingsOf, toMetadata, type ClientSettings } from '../../src/domain/client-settings.js';
import type { Json, JsonObject } from '../../src/store/store.js';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [pair.publicKey.export({ format: 'jwk' }) as JsonObject] };
const good = {
  issuer: 'https://partner.example.com',
  jwks,
  subject: 'id',
  resources: ['https://api.example.com/stock'],
};

const reasons = (issuers: Json[], confidential = true) =>
  assertionIssuerFaults(issuers, confidential).map(({ reason }) => reason);

describe('issuers whose assertions a client may bring (RFC 7523 2.1)', () => {
  test('have keys, or an address where they are', () => {
    const { jwks: _, ...rest } = good;
    expect(reasons([good])).toEqual([]);
    expect(reasons([{ ...rest, jwks_uri: 'https://partner.example.com/keys' }])).toEqual([]);
  });

  test.each<[what: string, issuers: Json[], because: string]>([
    ['none', [], '1 to 10'],
    ['nothing', [null], 'a JSON object'],
    ['a list', [[]], 'a JSON object'],
    ['text', ['https://partner.example.com'], 'a JSON object'],
    ['no name', [{ ...good, issuer: '' }], 'the issuer of its assertions'],
    ['a name with white space', [{ ...good, issuer: 'a b' }], 'the issuer of its assertions'],
    ['keys twice', [{ ...good, jwks_uri: 'https://partner.example.com/' }], 'one of jwks and jwks_uri'],
    [
      'a private key',
      [{ ...good, jwks: { keys: [pair.privateKey.export({ format: 'jwk' }) as JsonObject] } }],
      'private key',
    ],
    ['a secret', [{ ...good, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }], 'private key'],
    ['no keys', [{ ...good, jwks: { keys: [] } }], '1 to 20 keys'],
    ['another subject', [{ ...good, subject: 'name' }], 'id or login'],
    ['no services', [{ ...good, resources: [] }], 'needs resources'],
    ['a service that is no URI', [{ ...good, resources: ['stock'] }], 'not an absolute URI'],
    ['scopes that are no list', [{ ...good, scopes: 'a' }], 'list of scopes'],
    ['something else', [{ ...good, admin: true }], 'can only have'],
    ['one twice', [good, good], 'twice'],
  ])('cannot be %s', (_what, issuers, because) => {
    expect(reasons(issuers)).toEqual([expect.stringContaining(because)]);
  });

  test('have their keys at an https address', () => {
    const { jwks: _, ...rest } = good;
    for (const uri of [
      'http://partner.example.com/',
      'file:///etc/passwd',
      'https://u:p@partner.example.com/',
      5,
    ])
      expect(reasons([{ ...rest, jwks_uri: uri }])).toEqual([expect.stringContaining('https URL')]);
  });

  test('are for clients that can keep a secret, and bring the grant', () => {
    expect(reasons([good], false)).toEqual([expect.stringContaining('needs a client with a secret')]);
    const settings = {
      name: 'Batch',
      requirePkce: true,
      assertionIssuers: [good],
    } as unknown as ClientSettings;
    const metadata = toMetadata('service', true, settings);
    expect(metadata['grant_types']).toEqual(['client_credentials', jwtBearerGrant]);
    expect(settingsOf({ kind: 'service', metadata })).toMatchObject(settings);
    expect(settingsOf({ kind: 'service', metadata })).not.toHaveProperty('metadata');
  });
});
