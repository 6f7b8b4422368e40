import { expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { PYTHON_SOURCE, python } from '../support/client-libraries.js';
import { commonFlows, libraryFlows, machine, RESOURCE, settingsOf } from './library-flows.js';

libraryFlows('Authlib (Python)', [python(), `${PYTHON_SOURCE}/program.py`], (library) => {
  commonFlows(library);

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])(
    'a program authenticates by a key of its own, with %s',
    async (alg) => {
      const { gatehouse, run } = library();
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const named = { kid: 'one', alg };
      const app = await machine(gatehouse, {
        authMethod: 'private_key_jwt',
        metadata: {
          jwks: { keys: [{ ...(await exportJWK(publicKey)), ...named }] },
          token_endpoint_auth_signing_alg: alg,
        },
      });
      const private_jwk = { ...(await exportJWK(privateKey)), ...named };
      const settings = settingsOf(gatehouse, app, { scope: undefined, resource: RESOURCE, private_jwk });
      expect(await run('private-key-jwt', settings)).toMatchObject({ token_type: 'Bearer' });
    },
  );
});
