import { afterAll, beforeAll } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificate, writeCertificate, type Certificate } from './certificates.js';
import { describeOnEachStore, type TestDatabase } from './databases.js';
import { freePort } from './free-port.js';
import { httpsFetch } from './https-fetch.js';
import { startGatehouse, type Instance } from './start.js';
import { startTlsProxy, type TlsProxy } from './tls-proxy.js';

/** How certificates reach Gatehouse: on its port, on a port of their own, or by a proxy. */
export type Way = 'direct' | 'port' | 'proxy';

export interface MutualTls {
  instance: Instance;
  /** Issues certificates to clients. */
  authority: Certificate;
  /** Where clients with certificates call the provider: the issuer, or its other address. */
  base: string;
  /** Sends requests with this certificate, or with none. */
  as(certificate?: Shown): typeof fetch;
  /** A form post of a program, to a path below `base`. */
  post(
    path: string,
    form: Record<string, string>,
    certificate?: Shown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
}

/** A certificate with the key to prove that it is one's own. */
export type Shown = Pick<Certificate, 'cert' | 'key'>;

/** A suite of flows against a Gatehouse that takes certificates, on each store and by each way. */
export function mutualTlsFlow(
  name: string,
  suite: (given: () => MutualTls) => void,
  options: { ways?: Way[]; env?: Record<string, string> } = {},
): void {
  for (const way of options.ways ?? (['direct', 'port', 'proxy'] as const)) {
    describeOnEachStore(`${name}, ${titles[way]}`, (createDatabase) => {
      let database: TestDatabase;
      let started: Awaited<ReturnType<typeof startMutualTls>>;
      beforeAll(async () => {
        database = await createDatabase();
        started = await startMutualTls(database, way, options.env);
      }, 60_000);
      afterAll(async () => {
        await started.stop();
        await database.drop();
      });
      suite(() => started);
    });
  }
}

let authority: Promise<Certificate> | undefined;
/** One for all, as it takes a while to make. */
export function clientAuthority(): Promise<Certificate> {
  return (authority ??= createCertificate({ name: 'Client CA', authority: true }));
}

const titles: Record<Way, string> = {
  direct: 'on the port of everybody',
  port: 'on a port of its own',
  proxy: 'through a proxy',
};

export async function startMutualTls(
  database: TestDatabase,
  way: Way,
  extra: Record<string, string> = {},
): Promise<MutualTls & { stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mtls-'));
  const server = await createCertificate({ name: 'localhost', hosts: ['localhost'] });
  const authority = await clientAuthority();
  const authorities = join(folder, 'client-ca.pem');
  await writeFile(authorities, authority.cert);
  const [front, other] = [await freePort(), await freePort()];

  const settings = async (port: number): Promise<Record<string, string>> => ({
    MTLS_CA_FILE: authorities,
    ...(way === 'proxy'
      ? { MTLS: 'proxy', TRUSTED_PROXIES: '127.0.0.1', ISSUER: `https://localhost:${front}/oidc` }
      : {
          MTLS: 'direct',
          ISSUER: `https://localhost:${port}/oidc`,
          ...(await writeCertificate(folder, server)),
          ...(way === 'port' && { MTLS_PORT: String(other) }),
        }),
    ...extra,
  });
  const instance = await startGatehouse(database, { env: settings });
  let proxy: TlsProxy | undefined;
  if (way === 'proxy') {
    const to = instance.server.address.port;
    proxy = await startTlsProxy({ port: front, to, certificate: server, header: 'X-SSL-Client-Cert' });
  }
  const base = way === 'port' ? `https://localhost:${other}/oidc` : instance.issuer;
  const as: MutualTls['as'] = (certificate) => httpsFetch({ ca: server.cert, certificate });
  return {
    instance,
    authority,
    base,
    as,
    async post(path, form, certificate, headers = {}) {
      const answer = await as(certificate)(`${base}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { accept: 'application/json', ...headers },
      });
      const text = await answer.text();
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      return { status: answer.status, headers: answer.headers, body };
    },
    async stop() {
      await proxy?.close();
      await instance.stop();
      await rm(folder, { recursive: true });
    },
  };
}
