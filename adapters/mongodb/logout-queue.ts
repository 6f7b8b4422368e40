import type { Filter } from 'mongodb';
import type { LogoutDelivery, LogoutQueue } from '../../src/store/logout-queue.js';
import type { Database } from './connection.js';
import { alive, createCodec, recordId, text, type StoredDocument } from './documents.js';
import { insertIfGone } from './insert.js';

const { encode, decode } = createCodec<LogoutDelivery>();

/** Each claim is a command; what a slow server has given by now is better returned than lost to the call's limit. */
const CLAIMING_MS = 1000;

const WAITING = { outcome: { $exists: false } };

export function createLogoutQueue({ collection, clock }: Database): LogoutQueue {
  const deliveries = collection('logoutDeliveries');

  /** One that is over stays as it is: whoever comes late held a lease that had ended. */
  async function changeWaiting(id: string, change: Partial<LogoutDelivery>): Promise<void> {
    await deliveries.updateOne({ _id: recordId(id), ...WAITING, ...alive(clock()) }, { $set: change });
  }

  return {
    async add(added) {
      const now = clock();
      await Promise.all(
        added.map((delivery) => insertIfGone(deliveries, encode(recordId(delivery.id), delivery), now)),
      );
    },

    async claim(limit, leaseMs) {
      const claimed: LogoutDelivery[] = [];
      const end = performance.now() + CLAIMING_MS;
      while (claimed.length < limit && performance.now() < end) {
        const now = clock();
        const document = await deliveries.findOneAndUpdate(
          { ...WAITING, dueAt: { $lte: now }, ...alive(now) },
          { $inc: { attempts: 1 }, $set: { dueAt: now + leaseMs } },
          { sort: { dueAt: 1 }, returnDocument: 'after' },
        );
        if (document === null) break;
        claimed.push(decode(document));
      }
      return claimed;
    },

    finish: (id, outcome, lastError) =>
      changeWaiting(id, {
        outcome,
        finishedAt: clock(),
        ...(lastError !== undefined && { lastError: text(lastError) }),
      }),

    retry: (id, dueAt, lastError) => changeWaiting(id, { dueAt, lastError: text(lastError) }),

    async list({ clientId, accountId, limit }) {
      const filter: Filter<StoredDocument> = alive(clock());
      if (clientId !== undefined) filter.clientId = text(clientId);
      if (accountId !== undefined) filter.accountId = text(accountId);
      const documents = await deliveries.find(filter).sort({ createdAt: -1 }).limit(limit).toArray();
      return documents.map(decode);
    },
  };
}
