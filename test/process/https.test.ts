import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { request } from 'node:https';
import { createServer, type Server } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createCertificate, writeCertificate, type Certificate } from '../support/certificates.js';
import { freePort } from '../support/free-port.js';
import { createInstallation, WEAK_HASHING, type Installation } from './server-process.js';

let installation: Installation;
let certificate: Certificate;
beforeEach(async () => {
  installation = await createInstallation(WEAK_HASHING);
  certificate = await createCertificate({ name: 'localhost', hosts: ['localhost'] });
});
afterEach(() => installation.remove());

let other: Server | undefined;
afterEach(() => void other?.close());

async function takenPort(): Promise<number> {
  const port = await freePort();
  other = createServer();
  await new Promise<void>((listening) => other!.listen(port, '127.0.0.1', listening));
  return port;
}

const get = (path: string) =>
  new Promise<{ status: number | undefined; body: string; cookies: string[] }>((resolve, reject) => {
    const options = { ca: certificate.cert, agent: false, headers: { accept: 'text/html' } };
    request(`https://localhost:${installation.port}${path}`, options, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () =>
        resolve({ status: response.statusCode, body, cookies: response.headers['set-cookie'] ?? [] }),
      );
    })
      .once('error', reject)
      .end();
  });

const handshake = (options: ConnectionOptions) =>
  new Promise<string>((resolve, reject) => {
    const socket: TLSSocket = connect({
      port: installation.port,
      servername: 'localhost',
      ca: certificate.cert,
      ...options,
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
      socket.destroy();
    });
  });

test('Gatehouse speaks https with a certificate of its own', async () => {
  await installation.start(await writeCertificate(installation.folder, certificate));
  const issuer = `https://localhost:${installation.port}/oidc`;
  const { status, body } = await get('/oidc/.well-known/openid-configuration');
  expect([status, (JSON.parse(body) as { issuer: string }).issuer]).toEqual([200, issuer]);
  const added = await installation.command(
    ['clients', 'add', '--kind', 'web', '--name', 'App', '--redirect-uri', 'https://app.example/cb'],
    await writeCertificate(installation.folder, certificate),
  );
  const { cookies } = await get(
    `/oidc/auth?client_id=${String(added['client_id'])}&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_challenge_method=S256&code_challenge=${'a'.repeat(43)}`,
  );
  expect(cookies).not.toEqual([]);
  expect(cookies.filter((cookie) => !/; secure/iu.test(cookie))).toEqual([]);
});

test('TLS 1.3 comes first, of 1.2 only what FAPI 2.0 allows, and nothing older', async () => {
  await installation.start(await writeCertificate(installation.folder, certificate));
  expect(await handshake({})).toMatch(/^TLSv1\.3 /u);
  expect(await handshake({ maxVersion: 'TLSv1.2' })).toMatch(/^TLSv1\.2 ECDHE-RSA-AES(?:128|256)-GCM-SHA/u);
  const weak = 'ECDHE-RSA-AES128-SHA:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256';
  await expect(handshake({ maxVersion: 'TLSv1.2', ciphers: weak })).rejects.toThrow(/handshake failure/u);
  await expect(
    handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
  ).rejects.toThrow(/protocol version|no protocols/u);
});

test.each<[string, (folder: string) => Promise<Record<string, string>>, RegExp]>([
  ['one of two files', async () => ({ TLS_CERT_FILE: 'cert.pem' }), /TLS_KEY_FILE is not\. Set both/u],
  [
    'files that are not there',
    async () => ({ TLS_CERT_FILE: 'nowhere.pem', TLS_KEY_FILE: 'nowhere.pem' }),
    /TLS_CERT_FILE is .*nowhere\.pem, which cannot be read \(ENOENT\)/u,
  ],
  [
    'the key of another certificate',
    async (folder) => {
      const { key } = await createCertificate({ name: 'other' });
      return writeCertificate(folder, { cert: certificate.cert, key });
    },
    /is not that of the certificate/u,
  ],
  [
    'something else',
    async (folder) => writeCertificate(folder, { cert: 'hello', key: certificate.key }),
    /holds no certificate in PEM/u,
  ],
  [
    'authorities that are not there',
    async (folder) => ({
      ...(await writeCertificate(folder, certificate)),
      MTLS: 'direct',
      MTLS_CA_FILE: 'nowhere.pem',
    }),
    /MTLS_CA_FILE is .*nowhere\.pem, which cannot be read \(ENOENT\)/u,
  ],
  [
    'authorities that may issue nothing',
    async (folder) => {
      const files = await writeCertificate(folder, certificate);
      return { ...files, MTLS: 'direct', MTLS_CA_FILE: files.TLS_CERT_FILE };
    },
    /CN=localhost in it is not an authority/u,
  ],
  [
    'a port for certificates that is taken',
    async (folder) => ({
      ...(await writeCertificate(folder, certificate)),
      MTLS: 'direct',
      MTLS_PORT: String(await takenPort()),
    }),
    /is taken: another program listens there.*set MTLS_PORT to another one/u,
  ],
  [
    'an issuer without TLS',
    async (folder) => ({
      ...(await writeCertificate(folder, certificate)),
      ISSUER: `http://localhost:${installation.port}/oidc`,
    }),
    /Write it with https/u,
  ],
])('a start with %s is refused in words', async (_what, settings, words) => {
  const { code, stderr } = await installation.launch(await settings(installation.folder)).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain('    at ');
});
