import type { Logger } from 'pino';
import { LOOK_EVERY_MS, type Keys } from './domain/keys.js';

/** Notices that keys were made, came into use or ended, whichever process or command did it; `changed` puts them to use. */
export function startKeyWatch(
  keys: Pick<Keys, 'refresh' | 'ring' | 'sweep'>,
  log: Logger,
  changed: () => void,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let failing = false;
  let pending = false;

  const look = async () => {
    try {
      if (await keys.refresh()) pending = true;
      if (pending) {
        changed();
        pending = false;
        const kids = keys.ring().publishedJwks.map(({ kid }) => kid);
        log.info({ kids }, 'keys changed');
      }
      await keys.sweep();
      failing = false;
    } catch (error) {
      // Once for each outage: the keys that we have go on.
      if (!failing) log.warn({ err: error }, 'keys could not be looked at');
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
