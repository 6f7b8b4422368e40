import type { KeyRecord, KeyStore } from '../../src/store/keys.js';
import type { Database } from './connection.js';
import { createCodec, recordId, text } from './documents.js';
import { insertIfAbsent } from './insert.js';

const { encode, decode } = createCodec<KeyRecord>('publicJwk');

export function createKeyStore({ collection }: Database): KeyStore {
  const keys = collection('keys');

  return {
    create: (key) => insertIfAbsent(keys, encode(recordId(key.id), key)),

    async find(id) {
      const document = await keys.findOne({ _id: recordId(id) });
      return document === null ? undefined : decode(document);
    },

    async list(purpose) {
      const documents = await keys
        .find({ purpose: text(purpose) })
        .sort({ id: 1 })
        .toArray();
      return documents.map(decode);
    },

    async remove(id) {
      return (await keys.deleteOne({ _id: recordId(id) })).deletedCount === 1;
    },
  };
}
