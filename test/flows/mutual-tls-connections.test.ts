import { beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { openPorts } from '../../src/open-ports.js';
import { createCertificate, writeCertificate, type Certificate } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { clientAuthority, mutualTlsFlow, type MutualTls, type Shown } from '../support/mutual-tls.js';
import { testConfig } from '../support/start.js';
import { written } from '../support/tls-proxy.js';

let mine: Certificate;
let other: Certificate;
beforeAll(async () => {
  const authority = await clientAuthority();
  mine = await authority.issue({ name: 'report' });
  other = await createCertificate({ name: 'report' });
}, 60_000);

const service = async ({ instance }: MutualTls) => {
  const { id } = await instance.addClient({
    kind: 'service',
    authMethod: 'tls_client_auth',
    metadata: { tls_client_auth_subject_dn: 'CN=report' },
  });
  return { grant_type: 'client_credentials', client_id: id };
};

/** Opens a connection to where certificates are asked for. */
const open = ({ base }: MutualTls, options: ConnectionOptions): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const port = Number(new URL(base).port);
    const socket = connect({ port, servername: 'localhost', rejectUnauthorized: false, ...options });
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });

/** What a connection can be resumed with. In TLS 1.3 it comes once the handshake is over (RFC 8446 4.6.1). */
const sessionOf = ({ base }: MutualTls, options: ConnectionOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const port = Number(new URL(base).port);
    const socket = connect({ port, servername: 'localhost', rejectUnauthorized: false, ...options });
    socket.once('error', reject);
    socket.once('session', (session: Buffer) => {
      resolve(session);
      socket.destroy();
    });
  });

/** Asks for a token on a connection that stands. */
const askOn = ({ base }: MutualTls, socket: TLSSocket, form: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = { method: 'POST', createConnection: () => socket, headers: { connection: 'keep-alive' } };
    const sent = request(`${base}/token`, options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode!));
    });
    sent.setHeader('content-type', 'application/x-www-form-urlencoded');
    sent.on('error', reject);
    sent.end(new URLSearchParams(form).toString());
  });

mutualTlsFlow(
  'Connections that show certificates',
  (given) => {
    test('a header is not taken for a certificate', async () => {
      const headers = { 'X-SSL-Client-Cert': written.pem(mine), 'Client-Cert': written.rfc9440(mine) };
      const { status } = await given().post('/token', await service(given()), undefined, headers);
      expect(status).toBe(401);
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'a session of %s that is resumed is that of the certificate that it began with',
      async (version) => {
        const form = await service(given());
        const versions = { minVersion: version, maxVersion: version };
        for (const [first, then, expected] of [
          [mine, undefined, 200],
          [undefined, mine, 401],
          [other, mine, 401],
        ] as const) {
          const session = await sessionOf(given(), { ...first, ...versions });
          const socket = await open(given(), { ...then, ...versions, session });
          expect(socket.isSessionReused()).toBe(true);
          expect(await askOn(given(), socket, form)).toBe(expected);
          socket.destroy();
        }
      },
    );

    test('a connection keeps its certificate: TLS 1.2 cannot negotiate another one in it', async () => {
      const socket = await open(given(), { ...mine, maxVersion: 'TLSv1.2' });
      expect(await askOn(given(), socket, await service(given()))).toBe(200);
      const refused = new Promise((resolve) => {
        socket.once('error', resolve);
        socket.once('close', resolve);
        socket.renegotiate({ rejectUnauthorized: false }, (error) => error && resolve(error));
      });
      expect(String(await refused)).toMatch(/no renegotiation|no_renegotiation/iu);
      socket.destroy();
    });
  },
  { ways: ['direct', 'port'] },
);

mutualTlsFlow(
  'A port of their own (RFC 8705 5)',
  (given) => {
    test('is where discovery sends clients with certificates', async () => {
      const { as, instance, base } = given();
      const answer = await as()(`${instance.issuer}/.well-known/openid-configuration`);
      expect(await answer.json()).toMatchObject({
        token_endpoint: `${instance.issuer}/token`,
        mtls_endpoint_aliases: { token_endpoint: `${base}/token`, userinfo_endpoint: `${base}/me` },
      });
    });

    test('leaves the port of everybody without: browsers there are asked for nothing', async () => {
      const { instance, as } = given();
      const body = new URLSearchParams(await service(given()));
      const answer = await as(mine)(`${instance.issuer}/token`, { method: 'POST', body });
      expect(answer.status).toBe(401);
    });

    test('has no pages, and not the metadata', async () => {
      const { as, base } = given();
      for (const path of ['/auth', '/.well-known/openid-configuration', '/session/end', '/device'])
        expect((await as(mine)(`${base}${path}`)).status).toBe(421);
    });
  },
  { ways: ['port'] },
);

test('a certificate of the server that was renewed changes nothing about those of clients', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mtls-'));
  const [before, after] = [
    await createCertificate({ name: 'before', hosts: ['localhost'] }),
    await createCertificate({ name: 'after', hosts: ['localhost'] }),
  ];
  const port = await freePort();
  const env = {
    ISSUER: `https://localhost:${port}/oidc`,
    MTLS: 'direct',
    ...(await writeCertificate(folder, before)),
  };
  const ports = await openPorts(
    testConfig('sqlite::memory:', port, { env }),
    (await clientAuthority()).cert,
    ({ socket }, response) => response.end(String((socket as TLSSocket).authorized)),
    pino({ level: 'silent' }),
    20,
  );
  const ask = (ca: string, { cert, key }: Shown) =>
    new Promise<string>((resolve, reject) => {
      const options = { ca, cert, key, agent: false };
      request(`https://localhost:${port}/`, options, (answer) =>
        answer.on('data', (told) => resolve(String(told))),
      )
        .once('error', reject)
        .end();
    });
  try {
    expect(await ask(before.cert, mine)).toBe('true');
    await writeCertificate(folder, after);
    await eventually(async () => (await ask(after.cert, mine).catch(() => 'not yet')) === 'true');
    expect(await ask(after.cert, other)).toBe('false');
  } finally {
    await ports.drain(0);
    await rm(folder, { recursive: true });
  }
});
