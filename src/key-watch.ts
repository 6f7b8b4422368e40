import type { Logger } from 'pino';
import { LOOK_EVERY_MS, type KeyRing, type Keys } from './domain/keys.js';

/**
 * Notices that keys were made, came into use or ended, whichever process or command did it. `use` puts a ring in the
 * place of the one that was in use at the start; when it throws, it is called again after the next look.
 */
export function startKeyWatch(
  keys: Pick<Keys, 'refresh' | 'ring' | 'sweep'>,
  log: Logger,
  use: (ring: KeyRing) => void,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let inUse = keys.ring();
  let failing = false;

  const look = async () => {
    try {
      await keys.refresh();
      const ring = keys.ring();
      if (ring !== inUse) {
        use(ring);
        inUse = ring;
        log.info({ published: ring.publishedJwks.map(({ kid }) => kid) }, 'keys changed');
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
