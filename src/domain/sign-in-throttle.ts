import type { Clock } from '../store/store.js';
import type { ThrottleStore } from '../store/throttles.js';
import { AppError } from './app-error.js';

/** Who or what failures are counted for. */
export interface ThrottleBucket {
  key: string;
  /** Failures within the window; beyond them everyone waits for its end. */
  limit: number;
}

export type Admission =
  | {
      kind: 'admitted';
      /** To be called once: `void` when nothing was judged or it was right. */
      settle(outcome: 'failed' | 'void'): Promise<void>;
    }
  | { kind: 'throttled'; retryAfterSeconds: number };

export interface SignInThrottle {
  admit(buckets: ThrottleBucket[]): Promise<Admission>;
}

type Place = { kind: 'free' } | { kind: 'throttled'; until: number };

/** A try is judged within seconds: what a process that crashed had under way is forgotten after a minute. */
const pendingWindow = 60_000;
/** How long to wait for the verdict on others: 50 looks 100 ms apart; a verdict in this process is heard at once. */
const patience = { looks: 50, pause: 100 };

/**
 * Counts failed sign-ins in the store, for all processes. A try is counted before it is judged, so that parallel
 * guesses cannot outrun the counter: it takes a place among the failures that are left, and who finds none while
 * others are being judged waits for their verdict. So tries that succeed never throttle each other.
 */
export function createSignInThrottle({
  throttles,
  clock,
  windowSeconds,
}: {
  throttles: ThrottleStore;
  clock: Clock;
  windowSeconds: number;
}): SignInThrottle {
  const waiting = new Map<string, (() => void)[]>();

  async function takePlace({ key, limit }: ThrottleBucket): Promise<Place> {
    for (let look = 0; look < patience.looks; look++) {
      // In this order: who is judged as failed counts there before giving up the place here, so is never missed.
      const pending = await throttles.hit(pendingKey(key), pendingWindow);
      const failed = await throttles.peek(failedKey(key));
      const failures = failed?.count ?? 0;
      if (pending.count + failures <= limit) return { kind: 'free' };
      await throttles.giveBack(pendingKey(key));
      if (failed && failures >= limit) {
        wakeNext(key);
        return { kind: 'throttled', until: failed.resetAt };
      }
      await someVerdict(key);
    }
    wakeNext(key);
    throw new AppError('overloaded', 503, { retryAfter: 1 });
  }

  async function leavePlace({ key }: ThrottleBucket, outcome: 'failed' | 'void'): Promise<void> {
    try {
      if (outcome === 'failed') await throttles.hit(failedKey(key), windowSeconds * 1000);
      await throttles.giveBack(pendingKey(key));
    } finally {
      wakeNext(key);
    }
  }

  /** The first who waits looks first; the pause is for verdicts of other processes. */
  async function someVerdict(key: string): Promise<void> {
    const line = waiting.get(key) ?? [];
    waiting.set(key, line);
    let timer: NodeJS.Timeout | undefined;
    let wake = () => {};
    await new Promise<void>((resolve) => {
      wake = resolve;
      line.push(resolve);
      timer = setTimeout(resolve, patience.pause);
    });
    clearTimeout(timer);
    const place = line.indexOf(wake);
    if (place >= 0) line.splice(place, 1);
    if (line.length === 0 && waiting.get(key) === line) waiting.delete(key);
  }

  function wakeNext(key: string): void {
    waiting.get(key)?.shift()?.();
  }

  return {
    async admit(buckets) {
      const places = await Promise.allSettled(buckets.map(takePlace));
      const taken = buckets.filter((_, index) => {
        const place = places[index];
        return place?.status === 'fulfilled' && place.value.kind === 'free';
      });
      const settle = async (outcome: 'failed' | 'void') => {
        await Promise.all(taken.map((bucket) => leavePlace(bucket, outcome)));
      };
      if (taken.length === buckets.length) return { kind: 'admitted', settle };

      await settle('void');
      const ends = places.map((place) => {
        if (place.status === 'rejected') throw place.reason;
        return place.value.kind === 'throttled' ? place.value.until : 0;
      });
      const seconds = Math.ceil((Math.max(...ends) - clock()) / 1000);
      return { kind: 'throttled', retryAfterSeconds: Math.max(1, seconds) };
    },
  };
}

function pendingKey(key: string): string {
  return `sign-in/pending/${key}`;
}

function failedKey(key: string): string {
  return `sign-in/failed/${key}`;
}
