import { beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, type JWTPayload } from 'jose';
import { ASSERTION_TYPE, clientAssertion, clientKey, type ClientKey } from '../support/client-keys.js';
import { basic, flow } from '../support/flow.js';
import { signedByPublicKey, unsigned } from '../support/forged-jwts.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI } from '../support/relying-party.js';

const HOUR = 3600;
const now = () => Math.floor(Date.now() / 1000);

const sign = (claims: JWTPayload, key: ClientKey) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: String(key.publicJwk.alg), kid: 'one', typ: 'oauth-authz-req+jwt' })
    .sign(key.privateKey);

/** A request object as it should be, with these claims in place of its own; `undefined` takes one away. */
const claimsOf = (clientId: string, issuer: string, changes: JWTPayload = {}): JWTPayload => ({
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

flow('A request object by value that is wrong (RFC 9101 6, RFC 8725)', (gatehouse) => {
  let own: ClientKey;
  let foreign: ClientKey;
  let app: { id: string; secret: string };
  let other: { id: string; secret: string };
  beforeAll(async () => {
    [own, foreign] = [await clientKey(), await clientKey()];
    const settings = { kind: 'web', redirectUris: [REDIRECT_URI], requirePkce: false } as const;
    app = await gatehouse().addClient({ ...settings, metadata: { jwks: own.jwks as never } });
    other = await gatehouse().addClient({ ...settings, metadata: { jwks: foreign.jwks as never } });
  });

  const authorize = (request: string) =>
    rawRequest(gatehouse(), {
      target: `/oidc/auth?${new URLSearchParams({ client_id: app.id, scope: 'openid', request }).toString()}`,
      headers: asBrowser,
    });
  const push = (request: string) =>
    rawRequest(
      gatehouse(),
      formPost('/oidc/request', new URLSearchParams({ request }).toString(), basic(app)),
    );
  const claims = (changes: JWTPayload = {}) => claimsOf(app.id, gatehouse().issuer, changes);

  test('one that is right is taken, in the address and when it is pushed', async () => {
    const request = await sign(claims(), own);
    const answer = await authorize(request);
    expect(answer).toMatchObject({
      status: 303,
      headers: { location: expect.stringContaining('/interaction/') },
    });
    expect(await push(request)).toMatchObject({ status: 201 });
  });

  type Make = () => string | Promise<string>;
  const OBJECT = 'invalid_request_object';
  const rows: [what: string, make: Make, error: string, pushed?: string][] = [
    ['signed by the key of another client', () => sign(claims(), foreign), OBJECT],
    ['signed by nobody', () => unsigned(claims()), OBJECT],
    ['signed by the public key as a secret', () => signedByPublicKey(own, claims()), OBJECT],
    [
      'said to be by ES256, and without a signature',
      () => unsigned(claims(), { alg: 'ES256', kid: 'one' }),
      OBJECT,
    ],
    ['over since an hour', () => sign(claims({ exp: now() - HOUR }), own), OBJECT],
    ['not valid for an hour', () => sign(claims({ nbf: now() + HOUR }), own), OBJECT],
    ['with an end in words', () => sign(claims({ exp: 'soon' as never }), own), OBJECT],
    ['for another server', () => sign(claims({ aud: 'https://other.example/' }), own), OBJECT],
    ['for nobody', () => sign(claims({ aud: undefined }), own), OBJECT],
    ['issued by another client', () => sign(claims({ iss: other.id }), own), OBJECT],
    ['issued by nobody', () => sign(claims({ iss: undefined }), own), OBJECT],
    ['with another client_id inside', () => sign(claims({ client_id: other.id }), own), OBJECT],
    [
      'that is the one of another client',
      () => sign(claimsOf(other.id, gatehouse().issuer), foreign),
      OBJECT,
    ],
    ['with a request inside', () => sign(claims({ request: 'x' }), own), OBJECT],
    ['with a request_uri inside', () => sign(claims({ request_uri: 'https://app.example/r' }), own), OBJECT],
    [
      'with a redirect_uri inside that is not registered',
      () => sign(claims({ redirect_uri: 'https://evil.example/' }), own),
      'invalid_redirect_uri',
      'invalid_request',
    ],
    ['with a list for a payload', () => unsigned([] as never, { alg: 'ES256' }), OBJECT],
    ['that is no JWT', () => 'a.b.c', OBJECT],
  ];

  describe('is refused', () => {
    test.each(rows)('%s', async (_what, make, error, pushed = error) => {
      const request = await make();
      const answer = await authorize(request);
      expect(answer.headers['location']).toBeUndefined();
      expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error });
      expectRefusal(gatehouse(), await push(request), { status: 400, form: 'json', error: pushed });
      await expectAlive(gatehouse());
    });

    test('of 100 KB', async () => {
      const request = await sign(claims({ nonce: 'x'.repeat(100_000) }), own);
      const posted = new URLSearchParams({ client_id: app.id, scope: 'openid', request }).toString();
      const answer = await rawRequest(gatehouse(), formPost('/oidc/auth', posted, asBrowser));
      expectRefusal(gatehouse(), answer, { status: 413, form: 'page' });
      expectRefusal(gatehouse(), await push(request), {
        status: 413,
        form: 'json',
        error: 'invalid_request',
      });
      await expectAlive(gatehouse());
    });
  });
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

  const push = async (changes: JWTPayload) => {
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

  test.each<[what: string, changes: () => JWTPayload]>([
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
});
