import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { JsonObject } from '../store/store.js';

const generate = promisify(generateKeyPair);

/** Keys of a client that the suite plays. With PS256 its module about assertions signed by RS256 can run. */
export async function createSuiteKeys(): Promise<{ privateJwks: JsonObject; publicJwks: JsonObject }> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
  const names = { kid: randomBytes(8).toString('hex'), alg: 'PS256', use: 'sig' };
  const set = (key: typeof privateKey) => ({
    keys: [{ ...(key.export({ format: 'jwk' }) as JsonObject), ...names }],
  });
  return { privateJwks: set(privateKey), publicJwks: set(publicKey) };
}
