import type { Logger } from 'pino';
import { LOOK_EVERY_MS, type KeyRing, type Keys } from './domain/keys.js';
import { startWatch } from './start-watch.js';

/**
 * Notices that keys were made, came into use or ended, whichever process or command did it. `use` puts a ring in the
 * place of the one that was in use at the start; when it throws, it is called again after the next look.
 */
export function startKeyWatch(
  keys: Pick<Keys, 'refresh' | 'ring' | 'sweep'>,
  log: Logger,
  use: (ring: KeyRing) => void,
): { stop(): Promise<void> } {
  let inUse = keys.ring();

  const look = async () => {
    await keys.refresh();
    const ring = keys.ring();
    if (ring !== inUse) {
      use(ring);
      inUse = ring;
      log.info({ published: ring.publishedJwks.map(({ kid }) => kid) }, 'keys changed');
    }
    await keys.sweep();
  };

  return startWatch(look, LOOK_EVERY_MS, (error) => log.warn({ err: error }, 'keys could not be looked at'));
}
