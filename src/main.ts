import { firstAdministratorUrl } from './account/first-administrator.js';
import { compose, type Gatehouse } from './compose.js';
import { loadConfig, loadEnvironment } from './config.js';
import { createLogger } from './logger.js';
import { routeLibraryNotices } from './oidc/library-notices.js';

/** The process: configuration → store → app → listen → drain on SIGTERM. */
async function main(): Promise<void> {
  const config = loadConfig(loadEnvironment());
  const log = createLogger(config.log);
  routeLibraryNotices(log);
  const { startServer } = await import('./server.js');
  const gatehouse = await compose(config);
  const server = await startServer(gatehouse, log);
  log.info({ issuer: config.issuer, port: server.address.port }, 'Gatehouse is ready');
  await offerFirstAdministrator(gatehouse);

  const stop = (signal: string) => {
    log.info({ signal }, 'stopping');
    process.once('SIGINT', () => process.exit(130));
    void server
      .stop()
      .then(() => gatehouse.close())
      .then(() => log.info('stopped'))
      .catch((error: unknown) => log.error({ err: error }, 'stopping failed'))
      .finally(() => process.exit());
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

async function offerFirstAdministrator({ firstAdministrator, config }: Gatehouse): Promise<void> {
  const token = await firstAdministrator.issueLink();
  if (token === undefined) return;
  process.stdout.write(
    `\nNobody administers this Gatehouse yet. Open this link to become the first administrator\n(it works once, for 24 hours):\n\n  ${firstAdministratorUrl(config.issuer, token)}\n\n`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
