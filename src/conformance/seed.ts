import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gatehouse } from '../compose.js';
import { SUITE_USER, suiteClients, suiteUser } from './parties.js';
import { createSuiteKeys } from './suite-keys.js';

/**
 * Puts the user and the clients of the OpenID Foundation's conformance suite into the store, with passwords, secrets and
 * keys that are made now. They are written to a file that only its owner can read, by the names that the suite's plan
 * files give them; each start makes new ones. Returns the path of the file.
 */
export async function seedConformance(gatehouse: Gatehouse): Promise<string> {
  const { users, clients, config } = gatehouse;
  const password = randomBytes(18).toString('base64url');
  const user = await users.findByLogin(SUITE_USER);
  if (user) await users.setPassword(user.id, password);
  else await users.add(suiteUser(password));

  const keys = await Promise.all([createSuiteKeys(), createSuiteKeys()]);
  const secrets: Record<string, string> = {};
  const publicKeys = keys.map((each) => each.publicJwks);
  for (const client of suiteClients(config.protocol.suiteUrl, publicKeys)) {
    await clients.remove(client.id);
    const { secret } = await clients.add(client);
    if (secret !== undefined) secrets[client.id] = secret;
  }

  const values = {
    ISSUER: config.issuer,
    USERNAME: SUITE_USER,
    PASSWORD: password,
    CLIENT_SECRET: secrets['conformance-1'],
    CLIENT2_SECRET: secrets['conformance-2'],
    CLIENT_POST_SECRET: secrets['conformance-post'],
    API_SECRET: secrets['conformance-api'],
    FAPI_CLIENT_JWKS_JSON: JSON.stringify(keys[0]?.privateJwks),
    FAPI_CLIENT2_JWKS_JSON: JSON.stringify(keys[1]?.privateJwks),
  };
  const file = join(config.keys.directory, 'conformance.json');
  await writeFile(file, `${JSON.stringify(values, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}
