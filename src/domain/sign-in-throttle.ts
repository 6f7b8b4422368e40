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

/** A place in a bucket that nobody must notice. */
export interface Claim {
  /** Whether there was one: otherwise the try must fail, by an answer and after work that do not tell. */
  free: boolean;
  /** To be called once, whether or not there was one. */
  settle(outcome: 'failed' | 'void'): Promise<void>;
}

export interface SignInThrottle {
  /** Waits for the verdict on others where it depends on them, and tells who is throttled. */
  admit(buckets: ThrottleBucket[]): Promise<Admission>;
  /** Neither waits nor tells, and does as much one way as the other. */
  claim(bucket: ThrottleBucket): Promise<Claim>;
}

type Place = { kind: 'free' } | { kind: 'throttled'; until: number };

/** Those who wait for a place of one bucket in this process; one loop looks for all of them. */
interface Line {
  waiting: { resolve(place: Place): void; reject(error: unknown): void }[];
  /** Whether a place has been left since the last look. */
  placeLeft: boolean;
  wake(): void;
}

/** A try is judged within seconds: what a process that crashed had under way is forgotten after a minute. */
const pendingWindow = 60_000;
/** A place that is left in this process is seen at once, one in another process by looking every 100 ms. */
const pause = 100;
/** Looks in a row that find no place before all who wait are sent away; and how many may wait. */
const patience = 100;
const longestLine = 1000;

/**
 * Counts failed sign-ins in the store, for all processes. A try is counted before it is judged, so that parallel
 * guesses cannot outrun the counter: it takes a place among the failures that are left, and who finds none while
 * others are being judged waits in line for their verdict. So tries that succeed never throttle each other.
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
  const lines = new Map<string, Line>();

  async function takePlace(bucket: ThrottleBucket): Promise<Place> {
    const place = lines.has(bucket.key) ? undefined : await look(bucket);
    if (place) return place;
    return new Promise((resolve, reject) => {
      const line = lines.get(bucket.key) ?? openLine(bucket);
      if (line.waiting.length < longestLine) line.waiting.push({ resolve, reject });
      else reject(new AppError('overloaded', 503, { retryAfter: 1 }));
    });
  }

  /** undefined: others are being judged, and it depends on them. */
  async function look({ key, limit }: ThrottleBucket): Promise<Place | undefined> {
    const { pending, failed } = await count(key);
    const failures = failed?.count ?? 0;
    if (pending.count + failures <= limit) return { kind: 'free' };
    await throttles.giveBack(pendingKey(key));
    return failed && failures >= limit ? { kind: 'throttled', until: failed.resetAt } : undefined;
  }

  async function count(key: string) {
    // In this order: who is judged as failed counts there before giving up the place here, so is never missed.
    const pending = await throttles.hit(pendingKey(key), pendingWindow);
    const failed = await throttles.peek(failedKey(key));
    return { pending, failed };
  }

  function openLine(bucket: ThrottleBucket): Line {
    const line: Line = { waiting: [], placeLeft: false, wake() {} };
    lines.set(bucket.key, line);
    void serve(bucket, line);
    return line;
  }

  async function serve(bucket: ThrottleBucket, line: Line): Promise<void> {
    try {
      for (let looks = 1; looks <= patience; looks++) {
        await nextVerdict(line);
        let place = await look(bucket);
        for (; place?.kind === 'free'; place = await look(bucket)) {
          looks = 1;
          line.waiting.shift()?.resolve(place);
          if (line.waiting.length === 0) return;
        }
        // One answer for all: nobody behind finds what the first did not.
        if (place) return line.waiting.forEach(({ resolve }) => resolve(place));
      }
      throw new AppError('overloaded', 503, { retryAfter: 1 });
    } catch (error) {
      line.waiting.forEach(({ reject }) => reject(error));
    } finally {
      lines.delete(bucket.key);
    }
  }

  async function nextVerdict(line: Line): Promise<void> {
    if (!line.placeLeft) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        line.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    line.placeLeft = false;
  }

  async function leavePlace({ key }: ThrottleBucket, outcome: 'failed' | 'void'): Promise<void> {
    try {
      if (outcome === 'failed') await throttles.hit(failedKey(key), windowSeconds * 1000);
      await throttles.giveBack(pendingKey(key));
    } finally {
      const line = lines.get(key);
      if (line) {
        line.placeLeft = true;
        line.wake();
      }
    }
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

    async claim(bucket) {
      const { pending, failed } = await count(bucket.key);
      const free = pending.count + (failed?.count ?? 0) <= bucket.limit;
      return { free, settle: (outcome) => leavePlace(bucket, outcome) };
    },
  };
}

function pendingKey(key: string): string {
  return `sign-in/pending/${key}`;
}

function failedKey(key: string): string {
  return `sign-in/failed/${key}`;
}
