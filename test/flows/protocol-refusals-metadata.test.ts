import { beforeAll, expect, test } from '@jest/globals';
import { exportJWK, type JWK } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import { clientKey } from '../support/client-keys.js';
import { flow } from '../support/flow.js';
import { expectAlive } from '../support/refusals.js';
import { REDIRECT_URI } from '../support/relying-party.js';

const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });

flow('A client that would be unsafe or of no use is not added', (gatehouse) => {
  let ec: JWK;
  let another: JWK;
  let secret: JWK;
  beforeAll(async () => {
    const key = await clientKey();
    [ec, another] = [key.publicJwk, (await clientKey()).publicJwk];
    secret = await exportJWK(key.privateKey);
  });
  const add = (metadata: object, redirectUris = [REDIRECT_URI]) =>
    gatehouse().addClient({ kind: 'web', redirectUris, metadata: metadata as never });

  test.each<[what: string, keys: () => unknown[], because: string]>([
    ['that is private, among others', () => [ec, { ...secret, kid: 'two' }], 'holds a private key'],
    ['that shares its kid with another', () => [ec, another], 'two keys with the kid one'],
    ['that is no object', () => ['x'], 'must hold JWKs'],
  ])('a key %s', async (_what, keys, because) => {
    await expect(add({ jwks: { keys: keys() } })).rejects.toMatchObject({
      faults: [expect.objectContaining({ field: 'jwks', reason: expect.stringContaining(because) })],
    });
    await expectAlive(gatehouse());
  });

  test('keys of two kinds may stand for one another under one kid (RFC 7517 4.5)', async () => {
    const keys = [ec, { ...rsa(2048), kid: 'one' }];
    await expect(add({ jwks: { keys } })).resolves.toMatchObject({ id: expect.any(String) });
  });

  test.each(['none', 'HS256', 'RS512', 'ES512'])('answers signed by %s (JARM)', async (alg) => {
    await expect(add({ authorization_signed_response_alg: alg })).rejects.toMatchObject({
      faults: [
        expect.objectContaining({
          field: 'authorization_signed_response_alg',
          reason: expect.stringContaining('must be one of'),
        }),
      ],
    });
  });
});
