import type { Logger } from 'pino';

const PAUSE_MS = 60_000;
const BATCH = 200;

/** Removes up to so many things that are over, and returns how many. */
export type Sweep = (limit: number) => Promise<number>;

/** Tidies up what has expired, a small batch at a time; nothing depends on when it does. */
export function startSweep(sweeps: readonly Sweep[], log: Logger): { stop(): Promise<void> } {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    for (const sweep of sweeps)
      while (!stopped && (await sweep(BATCH)) === BATCH)
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
