import type { ReplayStore } from '../../src/store/replays.js';
import type { Database } from './connection.js';
import { dateOf, recordId } from './documents.js';
import { insertIfGone } from './insert.js';

export function createReplayStore({ collection, clock }: Database): ReplayStore {
  const replays = collection('replays');

  return {
    remember: (key, expiresAt) =>
      insertIfGone(replays, { _id: recordId(key), expiresAt: dateOf(Math.ceil(expiresAt)) }, clock()),
  };
}
