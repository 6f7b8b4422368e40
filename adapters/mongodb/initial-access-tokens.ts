import type {
  InitialAccessTokenRecord,
  InitialAccessTokenStore,
} from '../../src/store/initial-access-tokens.js';
import type { Database } from './connection.js';
import { alive, createCodec, recordId, text } from './documents.js';

const { encode, decode } = createCodec<InitialAccessTokenRecord>();

export function createInitialAccessTokenStore({ collection, clock }: Database): InitialAccessTokenStore {
  const tokens = collection('initialAccessTokens');

  return {
    async create(token) {
      const _id = recordId(token.key);
      await tokens.replaceOne({ _id }, encode(_id, token), { upsert: true });
    },

    async find(key) {
      const document = await tokens.findOne({ _id: recordId(key), ...alive(clock()) });
      return document === null ? undefined : decode(document);
    },

    async spend(key) {
      const { modifiedCount } = await tokens.updateOne(
        { _id: recordId(key), left: { $gt: 0 }, ...alive(clock()) },
        { $inc: { left: -1 } },
      );
      return modifiedCount === 1;
    },

    async remove(id) {
      return (await tokens.deleteOne({ id: text(id), ...alive(clock()) })).deletedCount === 1;
    },

    async list() {
      return (await tokens.find(alive(clock())).sort({ createdAt: 1 }).toArray()).map(decode);
    },
  };
}
