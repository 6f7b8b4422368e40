import { beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { ASSERTION_TYPE, clientAssertion, clientKey, type ClientKey } from '../support/client-keys.js';
import { basic, flow, inParallel } from '../support/flow.js';
import { signedByPublicKey, signedBySecret, unsigned } from '../support/forged-jwts.js';
import { rawRequest } from '../support/raw-request.js';
import { expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import type { Instance } from '../support/start.js';

const now = () => Math.floor(Date.now() / 1000);

/** An assertion as it should be (RFC 7523 3), with these claims in place of its own. */
const claimsOf = (clientId: string, issuer: string, changes: JWTPayload = {}): JWTPayload => ({
  iss: clientId,
  sub: clientId,
  aud: issuer,
  jti: randomUUID(),
  iat: now(),
  exp: now() + 60,
  ...changes,
});

const present = (
  gatehouse: Instance,
  assertion: string,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
) => {
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
    ...more,
  };
  return rawRequest(gatehouse, formPost('/oidc/token', new URLSearchParams(form).toString(), headers));
};

type Row = [what: string, make: () => string | Promise<string>, status?: number, error?: string];

flow('A client assertion by a key that is wrong (RFC 7523 3, private_key_jwt)', (gatehouse) => {
  let own: ClientKey;
  let foreign: ClientKey;
  let rsa: ClientKey;
  let app: { id: string };
  let other: { id: string; secret: string };
  beforeAll(async () => {
    [own, foreign, rsa] = [await clientKey(), await clientKey(), await clientKey('RS256')];
    const settings = { kind: 'service', authMethod: 'private_key_jwt' } as const;
    app = await gatehouse().addClient({ ...settings, metadata: { jwks: own.jwks as never } });
    other = await gatehouse().addClient({ kind: 'service' });
  });

  const by = (key: ClientKey, changes: JWTPayload = {}) =>
    clientAssertion(key, app.id, gatehouse().issuer, changes);
  const claims = () => claimsOf(app.id, gatehouse().issuer);

  const rows: Row[] = [
    ['for another server', () => by(own, { aud: 'https://other.example/' })],
    ['for nobody', () => by(own, { aud: undefined })],
    ['over since an hour', () => by(own, { exp: now() - 3600 })],
    ['without an end', () => by(own, { exp: undefined })],
    ['with an end in words', () => by(own, { exp: 'soon' as never })],
    ['not valid for an hour', () => by(own, { nbf: now() + 3600 })],
    ['without a jti', () => by(own, { jti: undefined })],
    ['with a number for a jti', () => by(own, { jti: 1 as never })],
    ['issued by somebody else', () => by(own, { iss: other.id })],
    ['issued by nobody', () => by(own, { iss: undefined })],
    ['about a client that has a secret', () => by(own, { sub: other.id })],
    ['about a client that does not exist', () => by(own, { sub: 'unknown' })],
    ['about nobody', () => by(own, { sub: undefined })],
    ['by the key of somebody else', () => by(foreign)],
    ['by a key of another kind', () => by(rsa)],
    ['by nobody', () => unsigned(claims())],
    ['said to be by ES256, and without a signature', () => unsigned(claims(), { alg: 'ES256', kid: 'one' })],
    ['by the public key as a secret', () => signedByPublicKey(own, claims())],
    ['that is no JWT', () => 'a.b.c', 400, 'invalid_request'],
  ];
  test.each(rows)('%s is refused', async (_what, make, status = 401, error = 'invalid_client') => {
    const answer = await present(gatehouse(), await make());
    expectRefusal(gatehouse(), answer, { status, form: 'json', error });
    await expectAlive(gatehouse());
  });

  describe('beside something else:', () => {
    test.each<[what: string, more: () => Record<string, string>, headers: () => Record<string, string>]>([
      ['a secret in the body', () => ({ client_secret: 'x' }), () => ({})],
      ['a secret in the header', () => ({}), () => basic(other)],
      ['the name of another client', () => ({ client_id: other.id }), () => ({})],
      ['another type of assertion', () => ({ client_assertion_type: 'urn:x' }), () => ({})],
    ])('%s is refused (RFC 6749 2.3)', async (_what, more, headers) => {
      const answer = await present(gatehouse(), await by(own), more(), headers());
      expectRefusal(gatehouse(), answer, { status: 400, form: 'json', error: 'invalid_request' });
      await expectAlive(gatehouse());
    });
  });

  test('is good for one use', async () => {
    const assertion = await by(own);
    expect(await present(gatehouse(), assertion)).toMatchObject({ status: 200 });
    const again = await present(gatehouse(), assertion);
    expectRefusal(gatehouse(), again, { status: 401, form: 'json', error: 'invalid_client' });
  });

  test('of many uses at once exactly one succeeds', async () => {
    const assertion = await by(own);
    const answers = await inParallel(8, () => present(gatehouse(), assertion));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array<number>(7).fill(401)]);
  });

  test('another assertion with a jti that was used is refused as well', async () => {
    const jti = randomUUID();
    expect(await present(gatehouse(), await by(own, { jti }))).toMatchObject({ status: 200 });
    const again = await present(gatehouse(), await by(own, { jti, exp: now() + 50 }));
    expectRefusal(gatehouse(), again, { status: 401, form: 'json', error: 'invalid_client' });
  });
});

flow(
  'A client assertion by a secret that is wrong (OpenID Connect Core 9, client_secret_jwt)',
  (gatehouse) => {
    let key: ClientKey;
    let app: { id: string; secret: string };
    beforeAll(async () => {
      key = await clientKey();
      app = await gatehouse().addClient({ kind: 'service', authMethod: 'client_secret_jwt' });
    });
    const claims = (changes: JWTPayload = {}) => claimsOf(app.id, gatehouse().issuer, changes);
    const by = (secret: string, changes: JWTPayload = {}) => signedBySecret(secret, claims(changes));

    const rows: Row[] = [
      ['by another secret', () => by('another secret, as long as one should be')],
      ['by nothing', () => by('')],
      ['by nobody', () => unsigned(claims())],
      ['by HS512', () => signedBySecret(app.secret, claims(), { alg: 'HS512' }, 'sha512')],
      ['by a key', () => clientAssertion(key, app.id, gatehouse().issuer)],
      ['for another server', () => by(app.secret, { aud: 'https://other.example/' })],
      ['over since an hour', () => by(app.secret, { exp: now() - 3600 })],
      ['without an end', () => by(app.secret, { exp: undefined })],
      ['issued by somebody else', () => by(app.secret, { iss: 'other' })],
    ];
    test.each(rows)('%s is refused', async (_what, make, status = 401, error = 'invalid_client') => {
      const answer = await present(gatehouse(), await make());
      expectRefusal(gatehouse(), answer, { status, form: 'json', error });
      await expectAlive(gatehouse());
    });

    test('is good for one use, also of many at once', async () => {
      const assertion = by(app.secret);
      const answers = await inParallel(8, () => present(gatehouse(), assertion));
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([200, ...Array<number>(7).fill(401)]);
    });
  },
);
