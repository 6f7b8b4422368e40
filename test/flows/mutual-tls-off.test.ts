import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CustomFetch } from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { randomBytes } from 'node:crypto';
import { certificateJwks } from '../../src/domain/certificate-jwks.js';
import { createCertificate, type Certificate } from '../support/certificates.js';
import { describeOnEachStore, type TestDatabase } from '../support/databases.js';
import { flow } from '../support/flow.js';
import { clientAuthority, startMutualTls } from '../support/mutual-tls.js';
import { rawRequest } from '../support/raw-request.js';
import { obtainTokens, REDIRECT_URI, relyingParty, type Tokens } from '../support/relying-party.js';
import { register } from '../support/registration.js';
import { formPost } from '../support/refusals.js';
import type { Instance } from '../support/start.js';
import { written } from '../support/tls-proxy.js';

const DISCOVERY = '/oidc/.well-known/openid-configuration';
const HEADER = 'X-SSL-Client-Cert';

let mine: Certificate;
beforeAll(async () => {
  mine = await (await clientAuthority()).issue({ name: 'report' });
}, 60_000);

async function metadataOf(instance: Instance): Promise<Record<string, unknown>> {
  const { text } = await rawRequest(instance, { target: DISCOVERY });
  return JSON.parse(text) as Record<string, unknown>;
}

const post = async (instance: Instance, path: string, form: Record<string, string>, more = {}) => {
  const sent = formPost(`/oidc${path}`, new URLSearchParams(form).toString());
  const answer = await rawRequest(instance, { ...sent, headers: { ...sent.headers, ...more } });
  return { status: answer.status, body: JSON.parse(answer.text || '{}') as Record<string, unknown> };
};

flow('Unless it is switched on, mutual TLS', (gatehouse) => {
  test('is nothing that discovery speaks of', async () => {
    const metadata = await metadataOf(gatehouse());
    expect(JSON.stringify(metadata)).not.toMatch(/tls/iu);
  });

  test('is not what a header makes of it', async () => {
    const { id, secret } = await gatehouse().addClient({ kind: 'service' });
    const form = { grant_type: 'client_credentials', client_id: id };
    const headers = { [HEADER]: written.pem(mine), 'Client-Cert': written.rfc9440(mine) };
    expect(await post(gatehouse(), '/token', form, headers)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect((await post(gatehouse(), '/token', { ...form, client_secret: secret }, headers)).status).toBe(200);
  });

  test('is nothing that a client can be added for', async () => {
    const service = { kind: 'service', name: 'Report' } as const;
    const { clients } = gatehouse().gatehouse;
    const jwks = certificateJwks((await createCertificate({ name: 'report' })).cert);
    for (const settings of [
      { authMethod: 'tls_client_auth', metadata: { tls_client_auth_subject_dn: 'CN=report' } },
      { authMethod: 'self_signed_tls_client_auth', metadata: { jwks } },
      { metadata: { tls_client_certificate_bound_access_tokens: true } },
    ] as const) {
      await expect(clients.add({ ...service, ...settings })).rejects.toMatchObject({
        faults: [expect.objectContaining({ reason: 'needs mutual TLS, which is off: see MTLS' })],
      });
    }
  });
});

flow(
  'Unless it is switched on, and with registration open to everybody,',
  (gatehouse) => {
    test.each<[string, object]>([
      ['tls_client_auth', { tls_client_auth_subject_dn: 'CN=report' }],
      ['self_signed_tls_client_auth', {}],
      ['client_secret_basic', { tls_client_certificate_bound_access_tokens: true }],
    ])('no app registers itself for it: %s, %j', async (method, more) => {
      const metadata = {
        token_endpoint_auth_method: method,
        jwks: certificateJwks(mine.cert),
        ...more,
      };
      const { status, body } = await register(gatehouse(), metadata);
      expect([status, body]).toEqual([
        400,
        {
          error: 'invalid_client_metadata',
          error_description: expect.stringContaining('needs mutual TLS, which is off'),
        },
      ]);
    });
  },
  { env: { REGISTRATION: 'open' } },
);

flow(
  'Without authorities',
  (gatehouse) => {
    test('an app can register its certificate, and to have its tokens bound', async () => {
      const jwks = certificateJwks(mine.cert);
      const metadata = {
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        tls_client_certificate_bound_access_tokens: true,
        jwks,
      };
      const sent = JSON.stringify({ redirect_uris: ['https://app.example.com/cb'], ...metadata });
      const answer = await rawRequest(gatehouse(), {
        method: 'POST',
        target: '/oidc/reg',
        headers: { 'content-type': 'application/json', 'content-length': String(sent.length) },
        body: sent,
      });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([201, metadata]);
    });

    test('discovery offers self-signed certificates and bound tokens, at the addresses of everybody', async () => {
      const metadata = await metadataOf(gatehouse());
      const methods = metadata['token_endpoint_auth_methods_supported'];
      expect(methods).toContain('self_signed_tls_client_auth');
      expect(methods).not.toContain('tls_client_auth');
      expect(metadata['tls_client_certificate_bound_access_tokens']).toBe(true);
      expect(metadata).not.toHaveProperty(['mtls_endpoint_aliases']);
    });
  },
  {
    env: {
      MTLS: 'proxy',
      TRUSTED_PROXIES: 'loopback',
      ISSUER: 'https://id.example.com/oidc',
      REGISTRATION: 'open',
    },
  },
);

describeOnEachStore('When mutual TLS is switched off again', (createDatabase) => {
  const MASTER_KEY = randomBytes(32).toString('base64url');
  const bound = { tls_client_certificate_bound_access_tokens: true };
  const form = { grant_type: 'client_credentials' };
  let database: TestDatabase;
  let off: Awaited<ReturnType<typeof startMutualTls>>;
  const before: number[] = [];
  let byCertificate: string[];
  let bySecret: { client_id: string; client_secret: string };
  let ofPerson: { id: string; tokens: Tokens };

  beforeAll(async () => {
    database = await createDatabase();
    const on = await startMutualTls(database, 'proxy', { MASTER_KEY });
    const jwks = certificateJwks(mine.cert);
    const added = await Promise.all(
      [
        { authMethod: 'tls_client_auth', metadata: { tls_client_auth_subject_dn: 'CN=report' } } as const,
        { authMethod: 'self_signed_tls_client_auth', metadata: { jwks } } as const,
        { metadata: bound },
      ].map((settings) => on.instance.addClient({ kind: 'service', ...settings })),
    );
    const [first, second, third] = added as [(typeof added)[0], (typeof added)[0], (typeof added)[0]];
    byCertificate = [first.id, second.id];
    bySecret = { client_id: third.id, client_secret: third.secret };
    for (const proof of [...byCertificate.map((client_id) => ({ client_id })), bySecret])
      before.push((await on.post('/token', { ...form, ...proof }, mine)).status);

    const settings = { redirectUris: [REDIRECT_URI], refreshTokenWithoutOfflineAccess: true };
    const app = await on.instance.addClient({ kind: 'spa', metadata: bound, ...settings });
    const rp = await relyingParty(on.instance.issuer, app, { send: on.as(mine) as CustomFetch });
    const user = await on.instance.addUser();
    const tokens = await obtainTokens(rp, user, {}, { browser: createBrowser(on.as()) });
    ofPerson = { id: app.id, tokens };
    await on.stop();
    off = await startMutualTls(database, 'proxy', { MASTER_KEY, MTLS: 'off' });
  }, 60_000);
  afterAll(async () => {
    await off.stop();
    await database.drop();
  });

  test('everything worked before', () => expect(before).toEqual([200, 200, 200]));

  test.each([0, 1])('clients that prove themselves by it are refused (%i)', async (which) => {
    const client_id = byCertificate[which]!;
    expect(await off.post('/token', { ...form, client_id }, mine)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    expect(off.instance.logged.findLast((line) => line.includes(client_id))).toContain('mutual TLS is off');
  });

  test('clients whose tokens are bound get none, rather than some that are not', async () => {
    expect(await off.post('/token', { ...form, ...bySecret }, mine)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('tokens that are bound already are worth nothing', async () => {
    const { id, tokens } = ofPerson;
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answer = await off.as(mine)(`${off.base}/me`, { headers });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
    const refresh = { grant_type: 'refresh_token', client_id: id, refresh_token: tokens.refresh_token! };
    expect(await off.post('/token', refresh, mine)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  test('nothing of that is a fault of the server', () => {
    expect(off.instance.logged.filter((line) => /server_error|"level":[56]0/u.test(line))).toEqual([]);
  });
});
