import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './connection.js';
import { dateOf } from './documents.js';
import { insertIfGone } from './insert.js';

/** After so long without a sign of life, a lock is anybody's. */
const LEASE_MS = 60_000;
const RENEWAL_MS = 15_000;
const POLL_MS = 100;

/**
 * Runs `work` while no other process does the same under this name; waits for its turn. `assertHeld` throws when the
 * lease could not be renewed in time: call it before each step that must not happen twice.
 */
export async function withLock<T>(
  { collection, clock }: Database,
  name: string,
  work: (assertHeld: () => void) => Promise<T>,
): Promise<T> {
  const locks = collection('locks');
  const holder = randomUUID();
  const lease = () => ({ holder, expiresAt: dateOf(clock() + LEASE_MS) });

  while (!(await insertIfGone(locks, { _id: name, ...lease() }, clock()))) await delay(POLL_MS);

  let heldUntil = clock() + LEASE_MS;
  const renewal = setInterval(() => {
    const renewed = lease();
    locks.updateOne({ _id: name, holder }, { $set: renewed }).then(
      ({ matchedCount }) => {
        heldUntil = matchedCount === 1 ? renewed.expiresAt.getTime() : 0;
      },
      // The next round tries again; the lease ends by itself when none succeeds.
      () => undefined,
    );
  }, RENEWAL_MS);
  try {
    return await work(() => {
      if (clock() >= heldUntil) throw new Error(`The lock "${name}" was lost to another process`);
    });
  } finally {
    clearInterval(renewal);
    // Left behind when it fails, it keeps others waiting until the lease ends, and does no other harm.
    await locks.deleteOne({ _id: name, holder }).catch(() => undefined);
  }
}
