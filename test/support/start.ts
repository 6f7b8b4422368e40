import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { compose, type Gatehouse } from '../../src/compose.js';
import { loadConfig, type Config } from '../../src/config.js';
import type { NewClient } from '../../src/domain/clients.js';
import { routeLibraryNotices } from '../../src/oidc/library-notices.js';
import type { RunningServer } from '../../src/server.js';
import type { TestDatabase } from './databases.js';
import { freePort } from './free-port.js';

export const PASSWORD = 'correct horse battery staple';

export interface Instance {
  issuer: string;
  gatehouse: Gatehouse;
  server: RunningServer;
  /** Everything that was logged, line by line. */
  logged: string[];
  addUser(user?: {
    email?: string;
    username?: string;
    profile?: object;
  }): Promise<{ id: string; login: string }>;
  addClient(client: Partial<NewClient> & Pick<NewClient, 'kind'>): Promise<{ id: string; secret: string }>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** What differs from `testConfig`; as a function, where it depends on the port. */
  env?: Record<string, string> | ((port: number) => Promise<Record<string, string>>);
  /** Same keys, same port: a process of one installation. */
  masterKey?: string;
  port?: number;
  clock?: () => number;
}

/** Fast hashing, quiet log: everything else is as a real installation has it. */
export function testConfig(
  storeUrl: string,
  port: number,
  options: Pick<StartOptions, 'masterKey'> & { env?: Record<string, string> } = {},
): Config {
  return loadConfig({
    NODE_ENV: 'test',
    ISSUER: `http://localhost:${port}/oidc`,
    HOST: '127.0.0.1',
    PORT: String(port),
    STORE_URL: storeUrl,
    MASTER_KEY: options.masterKey ?? randomBytes(32).toString('base64url'),
    PASSWORD_MEMORY: '1024',
    PASSWORD_PASSES: '1',
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    ...options.env,
  });
}

/** A whole Gatehouse in this process, on a port of its own. */
export async function startGatehouse(
  database: Pick<TestDatabase, 'url'>,
  options: StartOptions = {},
): Promise<Instance> {
  const port = options.port ?? (await freePort());
  const env = typeof options.env === 'function' ? await options.env(port) : options.env;
  const config = testConfig(database.url, port, { ...options, env: env ?? {} });
  const gatehouse = await compose(config, options.clock ? { clock: options.clock } : {});
  const logged: string[] = [];
  const log = pino({ level: 'info', base: null }, { write: (line: string) => void logged.push(line) });
  routeLibraryNotices(log);
  const { startServer } = await import('../../src/server.js');
  const server = await startServer(gatehouse, log);
  let count = 0;
  return {
    issuer: config.issuer,
    gatehouse,
    server,
    logged,
    async addUser({ email, username, profile } = {}) {
      count += 1;
      const login = email ?? username ?? `person${count}@example.com`;
      const added = await gatehouse.users.add({
        ...(login.includes('@') ? { email: login } : {}),
        ...(username === undefined ? {} : { username }),
        profile: { given_name: 'Ada', family_name: 'Lovelace', ...profile },
        password: PASSWORD,
      });
      return { id: added.id, login };
    },
    async addClient(client) {
      const { client: added, secret = '' } = await gatehouse.clients.add({ name: 'Test App', ...client });
      return { id: added.id, secret };
    },
    async stop() {
      await server.stop();
      await gatehouse.close();
    },
  };
}
