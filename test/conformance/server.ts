import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';

const PORT = 3443;
const RESOURCE_PORT = 3444;
export const ISSUER = `https://127.0.0.1:${PORT}/oidc`;
const LONGEST_START_MS = 30_000;

export interface ConformanceServer {
  /** Values for the plan files: user, clients, keys. */
  values: Record<string, string>;
  /** A command that gives the server a new signing key and returns when it is published. */
  rotateKeys: string;
  stop(): Promise<void>;
}

/** Gatehouse as a process, in the profile `conformance`, on https, with an empty store of the kind that is asked for. */
export async function startServer(options: {
  store: 'sqlite' | 'mongodb';
  suite: string;
  /** Folder of cert.pem and key.pem. */
  certificates: string;
}): Promise<ConformanceServer> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'));
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    PROFILE: 'conformance',
    CONFORMANCE_SUITE_URL: options.suite,
    ISSUER,
    PORT: String(PORT),
    TLS_CERT_FILE: join(options.certificates, 'cert.pem'),
    TLS_KEY_FILE: join(options.certificates, 'key.pem'),
    NODE_EXTRA_CA_CERTS: join(options.certificates, 'cert.pem'),
    STORE_URL: storeUrl(options.store, folder),
    KEYS_DIR: join(folder, 'keys'),
    LOG_FORMAT: 'json',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  };
  const child = spawn(process.execPath, ['--enable-source-maps', resolve('dist/src/main.js')], {
    cwd: folder,
    env: { ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await isReady(child, '"Gatehouse is ready"');
  const values = JSON.parse(await readFile(join(folder, 'keys', 'conformance.json'), 'utf8')) as Record<
    string,
    string
  >;
  const api = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', fileURLToPath(new URL('resource-server.ts', import.meta.url))],
      ...[ISSUER, String(RESOURCE_PORT), options.certificates],
    ],
    { env: { ...env, API_SECRET: values['API_SECRET'] }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await isReady(api, 'ready');
  const settings = Object.entries(env).filter(([name]) => /^(?:ISSUER|STORE_URL|KEYS_DIR)$/u.test(name));
  const assignments = settings.map(([name, value]) => `${name}='${value}'`).join(' ');
  return {
    values: { ...values, RESOURCE_URL: `https://127.0.0.1:${RESOURCE_PORT}/` },
    rotateKeys: `cd '${folder}' && ${assignments} '${process.execPath}' '${resolve('bin/gatehouse.js')}' keys rotate --alg RS256 --now && sleep 6`,
    async stop() {
      for (const program of [api, child]) {
        if (program.exitCode !== null) continue;
        program.kill('SIGTERM');
        await once(program, 'close');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function storeUrl(store: 'sqlite' | 'mongodb', folder: string): string {
  if (store === 'sqlite') return `sqlite:${join(folder, 'gatehouse.db')}`;
  const server = process.env['TEST_MONGODB_URL'];
  if (server === undefined) throw new Error('TEST_MONGODB_URL must name a MongoDB server');
  const url = new URL(server);
  url.pathname = `/conformance-${randomBytes(4).toString('hex')}`;
  return url.href;
}

function isReady(child: ChildProcess, sign: string): Promise<void> {
  return new Promise((done, failed) => {
    const limit = setTimeout(() => failed(new Error(`no sign of ${sign} in time`)), LONGEST_START_MS);
    let printed = '';
    child.stdout!.on('data', (chunk) => {
      const text = String(chunk);
      printed += text;
      for (const line of text.split('\n')) {
        if (/"level":"(?:error|fatal)"/u.test(line)) process.stderr.write(`${line}\n`);
      }
      if (printed.includes(sign)) {
        clearTimeout(limit);
        printed = '';
        done();
      }
    });
    child.once('close', (code) => failed(new Error(`ended with ${code} before ${sign}\n${printed}`)));
  });
}
