import type { ReplayStore } from '../../src/store/replays.js';
import type { Database } from './connection.js';
import { alive, dateOf, recordId } from './documents.js';
import { insertIfGone } from './insert.js';

export function createReplayStore({ collection, clock }: Database): ReplayStore {
  const replays = collection('replays');

  return {
    remember: (key, expiresAt) =>
      insertIfGone(replays, { _id: recordId(key), expiresAt: dateOf(expiresAt) }, clock()),

    async has(key) {
      const filter = { _id: recordId(key), ...alive(clock()) };
      return (await replays.findOne(filter, { projection: { _id: 1 } })) !== null;
    },
  };
}
