import type { Logger } from 'pino';
import type { Store } from './store/store.js';

const PAUSE_MS = 60_000;
const BATCH = 200;

/** Tidies up what has expired, a small batch at a time; nothing depends on when it does. */
export function startSweep(store: Pick<Store, 'sweep'>, log: Logger): { stop(): Promise<void> } {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    while (!stopped && (await store.sweep(BATCH)) === BATCH)
      await new Promise((resume) => setTimeout(resume, 50));
  };
  const timer = setInterval(() => {
    running = running.then(round).catch((error: unknown) => log.warn({ err: error }, 'sweep failed'));
  }, PAUSE_MS).unref();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
