import type { LinkRecord, LinkStore } from '../../src/store/links.js';
import type { Database } from './connection.js';
import { alive, createCodec, recordId, text } from './documents.js';

const { encode, decode } = createCodec<LinkRecord>('data');

export function createLinkStore({ collection, clock }: Database): LinkStore {
  const links = collection('links');

  return {
    async create(link) {
      const _id = recordId(link.purpose, link.key);
      await links.replaceOne({ _id }, encode(_id, link), { upsert: true });
    },

    async find(purpose, key) {
      const document = await links.findOne({ _id: recordId(purpose, key), ...alive(clock()) });
      return document === null ? undefined : decode(document);
    },

    async consume(purpose, key) {
      const document = await links.findOneAndDelete({ _id: recordId(purpose, key), ...alive(clock()) });
      return document === null ? undefined : decode(document);
    },

    async removeAll(purpose, userId) {
      await links.deleteMany({
        purpose: text(purpose),
        ...(userId !== undefined && { userId: text(userId) }),
      });
    },
  };
}
