import type { Clock } from '../store/store.js';
import type { ThrottleStore } from '../store/throttles.js';
import type { ThrottleBucket } from './sign-in-throttle.js';

/**
 * Counts tries whatever comes of them, unlike those of a sign-in, of which the failed ones count. Returns for how many
 * seconds the next has to wait; undefined: this one is within the limit.
 */
export function createTryCounter(deps: {
  throttles: ThrottleStore;
  clock: Clock;
  windowSeconds: number;
}): (bucket: ThrottleBucket) => Promise<number | undefined> {
  const { throttles, clock, windowSeconds } = deps;
  return async ({ key, limit }) => {
    const { count, resetAt } = await throttles.hit(key, windowSeconds * 1000);
    return count <= limit ? undefined : Math.max(1, Math.ceil((resetAt - clock()) / 1000));
  };
}
