import type { Logger } from 'pino';
import type { KnownDetailsTypes } from './domain/known-details-types.js';

const LOOK_EVERY_MS = 5000;

/**
 * Notices that services declare other types of authorization details, whichever process or command did it: discovery
 * names them, and the provider is built with their names. When `use` throws, it is called again after the next look.
 */
export function startDetailsTypesWatch(
  types: KnownDetailsTypes,
  log: Logger,
  use: () => void,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let pending = false;
  let failing = false;

  const look = async () => {
    try {
      pending = (await types.refresh()) || pending;
      if (pending) {
        use();
        pending = false;
        log.info({ types: types.names() }, 'types of authorization details changed');
      }
      failing = false;
    } catch (error) {
      // Once for each outage: those that we know go on.
      if (!failing) log.warn({ err: error }, 'services could not be looked at');
      failing = true;
    }
  };

  const timer = setInterval(() => {
    running = running.then(look);
  }, LOOK_EVERY_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
