import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreUnavailableError } from './store/store.js';

const PAUSE_MS = 1000;
/** The same reason is logged again after so many tries in a row, for those who look only at the latest lines. */
const REMINDER = 60;

/**
 * Does what needs the store, again and again for as long as the store is away. Resolves to undefined when `signal` is
 * aborted first; rejects with every other error, which waiting would not cure.
 */
export async function whenStoreAnswers<T>(
  work: () => Promise<T>,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<T | undefined> {
  let lastReason: string | undefined;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const result = await work();
      if (lastReason !== undefined) log.info('the store answers');
      return result;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (error.message !== lastReason || failures % REMINDER === 0) {
        log.error({ reason: error.message }, 'the store is away: requests get 503 until it answers');
      }
      lastReason = error.message;
    }
    await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
