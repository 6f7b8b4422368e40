import { beforeAll, expect, test } from '@jest/globals';
import { SignJWT, type JWTPayload } from 'jose';
import { ASSERTION_TYPE, clientAssertion, clientKey, type ClientKey } from '../support/client-keys.js';
import { flow } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI } from '../support/relying-party.js';

const HOUR = 3600;
const now = () => Math.floor(Date.now() / 1000);

const sign = (claims: JWTPayload, key: ClientKey) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: String(key.publicJwk.alg), kid: 'one', typ: 'oauth-authz-req+jwt' })
    .sign(key.privateKey);

/** A request object as it should be, with these claims in place of its own; `undefined` takes one away. */
const claimsOf = (clientId: string, issuer: string, changes: Record<string, unknown> = {}): JWTPayload => ({
  client_id: clientId,
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'openid',
  state: 'inside',
  iss: clientId,
  aud: issuer,
  iat: now(),
  nbf: now(),
  exp: now() + 60,
  ...changes,
});

flow('A request object of a client that follows FAPI 2.0 (Message Signing 5.3.1)', (gatehouse) => {
  let key: ClientKey;
  let id: string;
  beforeAll(async () => {
    key = await clientKey('PS256');
    ({ id } = await gatehouse().addClient({
      kind: 'web',
      redirectUris: [REDIRECT_URI],
      profile: 'fapi2',
      authMethod: 'private_key_jwt',
      metadata: { jwks: key.jwks as never },
    }));
  });

  const push = async (changes: Record<string, unknown>) => {
    const pkce = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    const form = {
      client_id: id,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await clientAssertion(key, id, gatehouse().issuer),
      request: await sign(claimsOf(id, gatehouse().issuer, { ...pkce, ...changes }), key),
    };
    return rawRequest(gatehouse(), formPost('/oidc/request', new URLSearchParams(form).toString()));
  };

  test('lives for an hour at most', async () => {
    const nbf = now();
    expect(await push({ nbf, exp: nbf + HOUR })).toMatchObject({ status: 201 });
  });

  test.each<[what: string, changes: () => Record<string, unknown>]>([
    ['ends more than an hour after it began', () => ({ nbf: now(), exp: now() + HOUR + 1 })],
    ['began more than an hour before its end', () => ({ nbf: now() - HOUR, exp: now() + 60 })],
    ['never began', () => ({ nbf: undefined })],
    ['never ends', () => ({ exp: undefined })],
    ['is for nobody', () => ({ aud: undefined })],
  ])('is refused when it %s', async (_what, changes) => {
    expectRefusal(gatehouse(), await push(changes()), {
      status: 400,
      form: 'json',
      error: 'invalid_request_object',
    });
    await expectAlive(gatehouse());
  });

  test('is refused unread when it has 100 KB', async () => {
    expectRefusal(gatehouse(), await push({ nonce: 'x'.repeat(100_000) }), {
      status: 413,
      form: 'json',
      error: 'invalid_request',
    });
    await expectAlive(gatehouse());
  });
});
