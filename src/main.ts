import type { Logger } from 'pino';
import { firstAdministratorUrl } from './account/first-administrator.js';
import { compose, type Gatehouse } from './compose.js';
import { seedConformance } from './conformance/seed.js';
import { loadConfig, loadEnvironment, type Config } from './config.js';
import { environmentWarnings } from './environment-warnings.js';
import { createLogger } from './logger.js';
import { routeLibraryNotices } from './oidc/library-notices.js';
import { whenStoreAnswers } from './when-store-answers.js';

/** The process: configuration → listen → store → app → drain on SIGTERM. */
async function main(): Promise<void> {
  const config = loadConfig(loadEnvironment());
  const log = createLogger(config.log);
  for (const warning of environmentWarnings()) log.warn(warning);
  routeLibraryNotices(log);
  endOnBrokenPromises(log);
  await run(config, log, stopSignal(log));
}

async function run(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  // Imported late: it loads the library, whose notices have a place to go to by now.
  const { openServer } = await import('./server.js');
  const server = await openServer(config, log);
  const gatehouse = await whenStoreAnswers(() => compose(config), { log, signal });
  if (gatehouse) {
    server.serve(gatehouse);
    if (config.protocol.profile === 'conformance') {
      const file = await whenStoreAnswers(() => seedConformance(gatehouse), { log, signal });
      log.warn({ file }, 'ready for the conformance suite, and for nobody else');
    } else {
      await whenStoreAnswers(() => offerFirstAdministrator(gatehouse), { log, signal });
    }
    log.info({ issuer: config.issuer, port: server.address.port }, 'Gatehouse is ready');
  }
  await aborted(signal);
  cutOffAfter(config.shutdownSeconds + 5, log);
  await server.stop();
  await gatehouse?.close();
  log.info('stopped');
}

async function offerFirstAdministrator({ firstAdministrator, config }: Gatehouse): Promise<void> {
  const token = await firstAdministrator.issueLink();
  if (token === undefined) return;
  // Not to the log, which is kept and read by others.
  process.stderr.write(
    `\nNobody administers this Gatehouse yet. Open this link to become the first administrator\n(it works once, for 24 hours):\n\n  ${firstAdministratorUrl(config.issuer, token)}\n\n`,
  );
}

/** Aborted by the first SIGTERM or SIGINT; the second SIGINT is from somebody who won't wait. */
function stopSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted && name === 'SIGINT') process.exit(130);
    if (controller.signal.aborted) return;
    log.info({ signal: name }, 'stopping');
    controller.abort();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  return controller.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Requests are bounded by themselves; this is for what is not, so that no supervisor has to kill the process. */
function cutOffAfter(seconds: number, log: Logger): void {
  setTimeout(() => {
    log.error('stopping took too long: cut off');
    process.exit(1);
  }, seconds * 1000).unref();
}

/** What nobody has caught left something half done; it goes to the log, in its form, before the process ends. */
function endOnBrokenPromises(log: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'ended by an error that nobody handled');
    process.exit(1);
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
