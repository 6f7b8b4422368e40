import type { Logger } from 'pino';
import type { KnownDetailsTypes } from './domain/known-details-types.js';
import { startWatch } from './start-watch.js';

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
  let pending = false;

  const look = async () => {
    pending = (await types.refresh()) || pending;
    if (!pending) return;
    use();
    pending = false;
    log.info({ types: types.names() }, 'types of authorization details changed');
  };

  return startWatch(look, LOOK_EVERY_MS, (error) =>
    log.warn({ err: error }, 'services could not be looked at'),
  );
}
