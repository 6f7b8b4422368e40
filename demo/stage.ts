import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compose } from '../src/compose.js';
import { loadConfig, type Config } from '../src/config.js';
import { createLogger } from '../src/logger.js';
import { routeLibraryNotices } from '../src/oidc/library-notices.js';
import { castFor, type Cast } from './cast.js';
import { choosePorts, type Ports } from './ports.js';
import { markAsRunning, refuseWhenRunning } from './running-mark.js';
import { startSampleApps } from './sample-apps.js';
import { readSecrets, writeSecrets, type Secrets } from './secrets.js';
import { seed } from './seed.js';

export interface Stage {
  cast: Cast;
  secrets: Secrets;
  /** Ends everything and lets the data go. */
  close(): Promise<void>;
}

export interface StageOptions {
  /** The first of the ports; without it, those from 3000 that are free. */
  port: number | undefined;
  /** Folder for everything that the demo keeps. */
  data: string;
  /** Whether to forget what was kept. */
  reset: boolean;
  logLevel?: string | undefined;
}

/** Starts Gatehouse in this process, as `npm start` would, with the cast in it and the sample applications beside it. */
export async function setStage({ port, data, reset, logLevel }: StageOptions): Promise<Stage> {
  // Before the ports: one who starts the demo twice would be told to choose others, and be refused there again.
  await refuseWhenRunning(files(data).mark);
  const ports = await choosePorts(port);
  const cast = castFor(ports);
  const unwind: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (let step = unwind.pop(); step; step = unwind.pop()) await step();
  };

  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    unwind.push(await markAsRunning(files(data).mark, ports.gatehouse));
    if (reset) await forget(data);

    const config = configFor(cast, ports, data, logLevel);
    const gatehouse = await compose(config);
    unwind.push(() => gatehouse.close());
    const secrets = await readSecrets(files(data).secrets);
    await seed(gatehouse, cast, secrets);
    await writeSecrets(files(data).secrets, secrets);

    const apps = await startSampleApps(cast, ports, secrets);
    unwind.push(() => Promise.all(apps.map((app) => app.close())));
    const log = createLogger(config.log, 2);
    routeLibraryNotices(log);
    const { startServer } = await import('../src/server.js');
    const server = await startServer(gatehouse, log);
    unwind.push(() => server.stop());
    return { cast, secrets, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const files = (data: string) => ({
  database: join(data, 'gatehouse.db'),
  keys: join(data, 'keys'),
  secrets: join(data, 'secrets.json'),
  mark: join(data, 'running.json'),
});

/** What the demo wrote, by name: a wrong folder must not lose more than that. */
async function forget(data: string): Promise<void> {
  const { database, keys, secrets } = files(data);
  for (const file of [database, `${database}-wal`, `${database}-shm`, keys, secrets]) {
    await rm(file, { recursive: true, force: true });
  }
}

/** The configuration that such an environment would give; the real environment has no part in it. */
function configFor({ issuer, addresses }: Cast, ports: Ports, data: string, logLevel = 'warn'): Config {
  const { database, keys } = files(data);
  return loadConfig({
    ISSUER: issuer,
    HOST: '127.0.0.1',
    PORT: String(ports.gatehouse),
    STORE_URL: `sqlite:${database}`,
    KEYS_DIR: keys,
    // Everything is on this computer: the sample applications, and what is tried out beside them.
    OUTBOUND_ALLOWED_HOSTS: 'localhost',
    CLIENT_METADATA_HOSTS: 'localhost',
    CLIENT_METADATA_RESOURCES: Object.values(addresses).join(','),
    LOG_LEVEL: logLevel,
    SHUTDOWN_SECONDS: '2',
  });
}
