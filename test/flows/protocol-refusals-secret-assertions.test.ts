import { beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { ASSERTION_TYPE, clientAssertion, clientKey, type ClientKey } from '../support/client-keys.js';
import { flow, inParallel } from '../support/flow.js';
import { signedBySecret, unsigned } from '../support/forged-jwts.js';
import { rawRequest } from '../support/raw-request.js';
import { expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import type { Instance } from '../support/start.js';

const now = () => Math.floor(Date.now() / 1000);

/** An assertion as it should be (RFC 7523 3), with these claims in place of its own. */
const claimsOf = (clientId: string, issuer: string, changes: Record<string, unknown> = {}): JWTPayload => ({
  iss: clientId,
  sub: clientId,
  aud: issuer,
  jti: randomUUID(),
  iat: now(),
  exp: now() + 60,
  ...changes,
});

const present = (gatehouse: Instance, assertion: string) => {
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  };
  return rawRequest(gatehouse, formPost('/oidc/token', new URLSearchParams(form).toString()));
};

type Row = [what: string, make: () => string | Promise<string>];

flow(
  'A client assertion by a secret that is wrong (OpenID Connect Core 9, client_secret_jwt)',
  (gatehouse) => {
    let key: ClientKey;
    let app: { id: string; secret: string };
    beforeAll(async () => {
      key = await clientKey();
      app = await gatehouse().addClient({ kind: 'service', authMethod: 'client_secret_jwt' });
    });
    const claims = (changes: Record<string, unknown> = {}) => claimsOf(app.id, gatehouse().issuer, changes);
    const by = (secret: string, changes: Record<string, unknown> = {}) =>
      signedBySecret(secret, claims(changes));

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
    test.each(rows)('%s is refused', async (_what, make) => {
      const answer = await present(gatehouse(), await make());
      expectRefusal(gatehouse(), answer, { status: 401, form: 'json', error: 'invalid_client' });
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
