import { expect, test } from '@jest/globals';
import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { ASSERTION_TYPE, clientAssertion, clientKey, type ClientKey } from '../support/client-keys.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import type { Instance } from '../support/start.js';

interface Program {
  id: string;
  key: ClientKey;
}

async function program(gatehouse: Instance): Promise<Program> {
  const key = await clientKey();
  const metadata = { jwks: key.jwks };
  const { id } = await gatehouse.addClient({ kind: 'service', authMethod: 'private_key_jwt', metadata });
  return { id, key };
}

const soon = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

flow('Client assertions (RFC 7523 3, OpenID Connect Core 9)', (gatehouse) => {
  const ask = (assertion: string, more: Record<string, string> = {}, headers = {}) =>
    postForm(
      `${gatehouse().issuer}/token`,
      {
        grant_type: 'client_credentials',
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: assertion,
        ...more,
      },
      headers,
    );

  test('are taken once, also when they come in parallel', async () => {
    const { id, key } = await program(gatehouse());
    const assertion = await clientAssertion(key, id, gatehouse().issuer);
    const answers = await inParallel(10, () => ask(assertion));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200))
      expect([status, body['error']]).toEqual([401, 'invalid_client']);
    expect((await ask(assertion)).body['error']).toBe('invalid_client');
  });

  type Make = (issuer: string, mine: Program, other: Program) => Promise<string>;
  const own =
    (changes: Parameters<typeof clientAssertion>[3]): Make =>
    (issuer, { key, id }) =>
      clientAssertion(key, id, issuer, changes);
  test.each<[what: string, make: Make]>([
    ['for another server', (_issuer, { key, id }) => clientAssertion(key, id, 'https://other.example')],
    ['signed by the key of another client', (issuer, { id }, { key }) => clientAssertion(key, id, issuer)],
    ['that are over', own({ exp: soon(-60) })],
    ['that never end', own({ exp: undefined })],
    ['that are not good yet', own({ nbf: soon(120) })],
    ['without a name of their own', own({ jti: undefined })],
    ['of which issuer and subject differ', own({ iss: 'somebody' })],
    ['about nobody', own({ sub: undefined })],
    [
      'signed by HS256 with the public key as the secret',
      async (issuer, { key, id }) => {
        const spki = await exportSPKI(
          (await importJWK(key.publicJwk, 'ES256', { extractable: true })) as never,
        );
        const claims = { iss: id, sub: id, aud: issuer, jti: 'one', exp: soon(60) };
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(spki));
      },
    ],
    [
      'without a signature',
      async (issuer, { id }) =>
        new UnsecuredJWT({ iss: id, sub: id, aud: issuer, jti: 'two', exp: soon(60) }).encode(),
    ],
  ])('%s are refused', async (_what, make) => {
    const assertion = await make(gatehouse().issuer, await program(gatehouse()), await program(gatehouse()));
    const { status, body } = await ask(assertion);
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });

  test.each<[what: string, more: Record<string, string>, header: boolean, status: number, error: string]>([
    ['beside a secret in the header', {}, true, 400, 'invalid_request'],
    ['beside a secret in the body', { client_secret: 'x' }, false, 400, 'invalid_request'],
    ['of another type', { client_assertion_type: 'urn:x' }, false, 400, 'invalid_request'],
    ['under another client id', { client_id: 'somebody' }, false, 400, 'invalid_request'],
  ])('%s are refused', async (_what, more, header, status, error) => {
    const { id, key } = await program(gatehouse());
    const assertion = await clientAssertion(key, id, gatehouse().issuer);
    const answer = await ask(assertion, more, header ? basic({ id, secret: 'x' }) : {});
    expect([answer.status, answer.body['error']]).toEqual([status, error]);
  });

  test('made with the secret of a client that signs by it are taken, and by another secret refused', async () => {
    const { id, secret } = await gatehouse().addClient({ kind: 'service', authMethod: 'client_secret_jwt' });
    const by = (key: string) =>
      new SignJWT({ iss: id, sub: id, aud: gatehouse().issuer, jti: key.slice(0, 9), exp: soon(60) })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(key));
    expect((await ask(await by(secret))).status).toBe(200);
    expect((await ask(await by(`${secret}x`.slice(1)))).body['error']).toBe('invalid_client');
    expect(
      (
        await postForm(
          `${gatehouse().issuer}/token`,
          { grant_type: 'client_credentials' },
          basic({ id, secret }),
        )
      ).status,
    ).toBe(401);
  });
});
