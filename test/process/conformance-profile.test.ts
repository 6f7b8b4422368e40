import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { basic, postForm } from '../support/flow.js';
import { createInstallation, WEAK_HASHING, type Installation } from './server-process.js';

let installation: Installation;
beforeEach(async () => {
  installation = await createInstallation(WEAK_HASHING);
});
afterEach(() => installation.remove());

const profile = { PROFILE: 'conformance', CONFORMANCE_SUITE_URL: 'https://suite.test.example:8443' };
const secretsFile = () => join(installation.folder, 'keys', 'conformance.json');
const secrets = async () => JSON.parse(await readFile(secretsFile(), 'utf8')) as Record<string, string>;
const isKnown = async (id: string, secret: string): Promise<boolean> => {
  const issuer = `http://localhost:${installation.port}/oidc`;
  const { body } = await postForm(`${issuer}/token/introspection`, { token: 'x' }, basic({ id, secret }));
  return body['active'] === false;
};

test('the profile conformance adds the suite’s user, with every claim, and its clients', async () => {
  const server = await installation.start(profile);
  expect((await stat(secretsFile())).mode & 0o777).toBe(0o600);
  const values = await secrets();
  expect(await isKnown('conformance-1', values['CLIENT_SECRET']!)).toBe(true);
  expect(JSON.parse(values['FAPI_CLIENT_JWKS_JSON']!)).toMatchObject({
    keys: [{ alg: 'PS256', d: expect.any(String) }],
  });
  await server.end();

  const user = await installation.command(['users', 'show', values['USERNAME']!], profile);
  expect(user).toMatchObject({ email_verified: true, phone_number_verified: true, birthdate: '1990-05-17' });
  const client = await installation.command(['clients', 'show', 'conformance-fapi-signing-1'], profile);
  expect(client).toMatchObject({
    profile: 'fapi2',
    require_signed_request_object: true,
    redirect_uris: [expect.stringMatching(/^https:\/\/suite\.test\.example:8443\//u), expect.anything()],
  });
});

test('each start makes new secrets, and the old ones end', async () => {
  await (await installation.start(profile)).end();
  const old = await secrets();
  await installation.start(profile);
  const { CLIENT_SECRET: fresh = '', PASSWORD: password } = await secrets();
  expect(password).not.toBe(old['PASSWORD']);
  expect(await isKnown('conformance-1', fresh)).toBe(true);
  expect(await isKnown('conformance-1', old['CLIENT_SECRET']!)).toBe(false);
});

test('without it there is no such user, no such client and no such file', async () => {
  await (await installation.start()).end();
  await expect(secrets()).rejects.toThrow('ENOENT');
  expect(await installation.command(['users', 'list'])).toEqual([]);
  expect(await installation.command(['clients', 'list'])).toEqual([]);
});
