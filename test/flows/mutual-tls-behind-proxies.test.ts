import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Certificate } from '../support/certificates.js';
import { flow } from '../support/flow.js';
import { clientAuthority } from '../support/mutual-tls.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectRefusal, formPost } from '../support/refusals.js';
import type { Instance } from '../support/start.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { written } from '../support/tls-proxy.js';

const HEADER = 'X-SSL-Client-Cert';

let folder: string;
let mine: Certificate;
let intermediate: Certificate;
beforeAll(async () => {
  const authority = await clientAuthority();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-mtls-'));
  intermediate = await authority.issue({ name: 'Client CA 2', authority: true });
  await writeFile(join(folder, 'ca.pem'), authority.cert + intermediate.cert);
  mine = await intermediate.issue({ name: 'report' });
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** As a process behind a proxy on this machine, or on another one. */
const behind = (proxies: string, more: Record<string, string> = {}) => ({
  env: async () => ({
    MTLS: 'proxy',
    MTLS_CA_FILE: join(folder, 'ca.pem'),
    TRUSTED_PROXIES: proxies,
    ISSUER: 'https://id.example.com/oidc',
    ...more,
  }),
});

const service = async (instance: Instance) => {
  const { id } = await instance.addClient({
    kind: 'service',
    authMethod: 'tls_client_auth',
    metadata: { tls_client_auth_subject_dn: 'CN=report' },
  });
  return `grant_type=client_credentials&client_id=${id}`;
};

const token = (instance: Instance, body: string, headers: Record<string, string | string[]>) =>
  rawRequest(instance, {
    ...formPost('/oidc/token', body),
    headers: { ...formPost('/oidc/token', body).headers, ...headers },
  });

flow(
  'A certificate in the header of a trusted proxy',
  (gatehouse) => {
    test('counts, with those who issued it in MTLS_CA_FILE', async () => {
      const body = await service(gatehouse());
      const { status } = await token(gatehouse(), body, { [HEADER]: written.pem(mine) });
      expect(status).toBe(200);
    });

    test('is none when it is empty', async () => {
      const answer = await token(gatehouse(), await service(gatehouse()), { [HEADER]: '' });
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        401,
        expect.objectContaining({ error: 'invalid_client' }),
      ]);
    });

    test.each<[string, () => Record<string, string | string[]>]>([
      ['twice', () => ({ [HEADER]: [written.pem(mine), written.pem(mine)] })],
      ['twice, once empty', () => ({ [HEADER]: ['', written.pem(mine)] })],
      ['with _ for -', () => ({ X_SSL_Client_Cert: written.pem(mine) })],
      ['with _ for one -', () => ({ 'X-SSL-Client_Cert': written.pem(mine) })],
      ['with both spellings', () => ({ [HEADER]: '', x_ssl_client_cert: written.pem(mine) })],
      ['as two in one', () => ({ [HEADER]: written.pem({ cert: mine.cert + intermediate.cert }) })],
      ['in two joined values', () => ({ [HEADER]: `${written.pem(mine)}, ${written.pem(mine)}` })],
      ['in another encoding', () => ({ [HEADER]: written.rfc9440(mine) })],
      ['with more behind it', () => ({ [HEADER]: written.pem(padded(mine)) })],
      ['that is none', () => ({ [HEADER]: 'CN=report' })],
      ['with broken percent signs', () => ({ [HEADER]: `${written.pem(mine)}%E0%A4%A` })],
      ['that is a key', () => ({ [HEADER]: encodeURIComponent(mine.key) })],
    ])('is refused %s', async (_how, headers) => {
      const answer = await token(gatehouse(), await service(gatehouse()), headers());
      expectRefusal(gatehouse(), answer, { status: 400, form: 'json', error: 'invalid_request' });
    });
  },
  behind('loopback'),
);

flow(
  'A certificate in the header of anybody else',
  (gatehouse) => {
    test('is refused, as the proxy that should have removed it was gone around', async () => {
      const answer = await token(gatehouse(), await service(gatehouse()), { [HEADER]: written.pem(mine) });
      expectRefusal(gatehouse(), answer, { status: 400, form: 'json', error: 'invalid_request' });
    });

    test.each(['/oidc/auth?client_id=x', '/oidc/.well-known/openid-configuration', '/oidc/', '/oidc/me'])(
      'is refused at %s as well, also empty and by a similar name',
      async (target) => {
        for (const headers of [{ [HEADER]: '' }, { x_ssl_client_cert: 'x' }]) {
          const { status } = await rawRequest(gatehouse(), { target, headers: { ...asBrowser, ...headers } });
          expect(status).toBe(400);
        }
      },
    );

    test('does not make Gatehouse believe a proxy that speaks for it', async () => {
      const headers = { [HEADER]: written.pem(mine), 'x-forwarded-for': '10.1.2.3' };
      expect((await token(gatehouse(), await service(gatehouse()), headers)).status).toBe(400);
    });
  },
  behind('10.1.2.3'),
);

flow(
  'A proxy that shows certificates at an address of their own (MTLS_ORIGIN)',
  (gatehouse) => {
    const there = { host: 'mtls.example.com' };

    test('has them count there', async () => {
      const headers = { [HEADER]: written.pem(mine), ...there };
      expect((await token(gatehouse(), await service(gatehouse()), headers)).status).toBe(200);
    });

    test('and nowhere else: the address of everybody has no business with the header', async () => {
      const answer = await token(gatehouse(), await service(gatehouse()), { [HEADER]: written.pem(mine) });
      expectRefusal(gatehouse(), answer, { status: 400, form: 'json', error: 'invalid_request' });
    });

    test.each(['/oidc/auth', '/oidc/.well-known/openid-configuration', '/oidc/jwks', '/', '/oidc/device'])(
      'where nothing but the endpoints of its clients is: not %s',
      async (target) => {
        const { status } = await rawRequest(gatehouse(), { target, headers: there });
        expect(status).toBe(421);
      },
    );

    test('discovery says where', async () => {
      const { text } = await rawRequest(gatehouse(), { target: '/oidc/.well-known/openid-configuration' });
      const base = 'https://mtls.example.com/oidc';
      expect(JSON.parse(text)).toMatchObject({
        token_endpoint: 'https://id.example.com/oidc/token',
        tls_client_certificate_bound_access_tokens: true,
        mtls_endpoint_aliases: {
          token_endpoint: `${base}/token`,
          introspection_endpoint: `${base}/token/introspection`,
          revocation_endpoint: `${base}/token/revocation`,
          pushed_authorization_request_endpoint: `${base}/request`,
          device_authorization_endpoint: `${base}/device/auth`,
          userinfo_endpoint: `${base}/me`,
        },
      });
    });

    test('and what a device shows to people is the address of everybody', async () => {
      const { id } = await gatehouse().addClient({ kind: 'device' });
      const answer = await rawRequest(gatehouse(), {
        ...formPost('/oidc/device/auth', `client_id=${id}`),
        headers: { ...formPost('', `client_id=${id}`).headers, ...there },
      });
      expect(JSON.parse(answer.text)).toMatchObject({
        verification_uri: 'https://id.example.com/oidc/device',
      });
    });
  },
  behind('loopback', { MTLS_ORIGIN: 'https://mtls.example.com' }),
);

for (const format of ['rfc9440', 'xfcc'] as const) {
  flow(
    `A proxy that writes certificates as ${format}`,
    (gatehouse) => {
      test('is understood', async () => {
        const body = await service(gatehouse());
        const { status } = await token(gatehouse(), body, { 'Client-Cert': written[format](mine) });
        expect(status).toBe(200);
      });

      test.each<[string, () => string]>([
        ['written for another proxy', () => written.pem(mine)],
        ['twice in one header', () => `${written[format](mine)},${written[format](mine)}`],
        ['twice in one element', () => `${written[format](mine)};Cert="${written.pem(mine)}"`],
        ['inside of something else', () => `Subject="${written.xfcc(mine).replaceAll('"', '\\"')}"`],
        ['left out', () => 'Hash=00;Subject="CN=report"'],
      ])('and refused where the certificate is %s', async (_how, value) => {
        const answer = await token(gatehouse(), await service(gatehouse()), { 'Client-Cert': value() });
        expectRefusal(gatehouse(), answer, { status: 400, form: 'json', error: 'invalid_request' });
      });
    },
    behind('loopback', { MTLS_HEADER: 'Client-Cert', MTLS_HEADER_FORMAT: format }),
  );
}

/** The same certificate with bytes behind it: its thumbprint would be another one. */
function padded({ cert }: Certificate): { cert: string } {
  const der = Buffer.from(cert.replaceAll(/-----[^-]+-----|\s/gu, ''), 'base64');
  const base64 = Buffer.concat([der, Buffer.from('padding')]).toString('base64');
  return { cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n` };
}
