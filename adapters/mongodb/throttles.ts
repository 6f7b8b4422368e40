import type { ThrottleState, ThrottleStore } from '../../src/store/throttles.js';
import type { Database } from './connection.js';
import { alive, dateOf, recordId, type StoredDocument } from './documents.js';
import { insertIfGone } from './insert.js';

export function createThrottleStore({ collection, clock }: Database): ThrottleStore {
  const throttles = collection('throttles');

  return {
    async hit(key, windowMs) {
      const _id = recordId(key);
      // Counts in the window that is open or opens one; a second round is for those who lose the race to open it.
      for (;;) {
        const now = clock();
        const counted = await throttles.findOneAndUpdate(
          { _id, ...alive(now) },
          { $inc: { count: 1 } },
          { returnDocument: 'after' },
        );
        if (counted !== null) return toState(counted);
        const first = { _id, count: 1, expiresAt: dateOf(now + windowMs) };
        if (await insertIfGone(throttles, first, now)) return toState(first);
      }
    },

    async peek(key) {
      const document = await throttles.findOne({ _id: recordId(key), ...alive(clock()) });
      return document === null ? undefined : toState(document);
    },

    async giveBack(key) {
      await throttles.updateOne(
        { _id: recordId(key), count: { $gt: 0 }, ...alive(clock()) },
        { $inc: { count: -1 } },
      );
    },
  };
}

function toState(document: StoredDocument): ThrottleState {
  return { count: document.count as number, resetAt: (document.expiresAt as Date).getTime() };
}
