import type { ClientRecord, ClientStore } from '../../src/store/clients.js';
import type { Database } from './connection.js';
import { createCodec, original, recordId, text } from './documents.js';
import { insertIfAbsent } from './insert.js';

const { encode, decode } = createCodec<ClientRecord>('metadata', 'registration');

export function createClientStore({ collection, clock }: Database): ClientStore {
  const clients = collection('clients');

  return {
    async create(client) {
      return (await insertIfAbsent(clients, encode(recordId(client.id), client))) ? 'created' : 'duplicate';
    },

    async find(id) {
      const document = await clients.findOne({ _id: recordId(id) });
      return document === null ? undefined : decode(document);
    },

    async update(client) {
      const _id = recordId(client.id);
      const next = encode(_id, { ...client, version: client.version + 1 });
      const { matchedCount } = await clients.replaceOne({ _id, version: client.version }, next);
      if (matchedCount === 1) return 'updated';
      return (await clients.findOne({ _id }, { projection: { _id: 1 } })) === null ? 'missing' : 'stale';
    },

    async remove(id) {
      return (await clients.deleteOne({ _id: recordId(id) })).deletedCount === 1;
    },

    async listLapsed(limit) {
      const lapsed = clients.find({ keptUntil: { $lte: clock() } }, { projection: { id: 1 } });
      return (await lapsed.limit(limit).toArray()).map(({ id }) => original(id as string));
    },

    async list({ after, limit }) {
      const documents = await clients
        .find(after === undefined ? {} : { id: { $gt: text(after) } })
        .sort({ id: 1 })
        .limit(limit + 1)
        .toArray();
      const page = documents.slice(0, limit).map(decode);
      const last = page.at(-1);
      return documents.length > limit && last !== undefined
        ? { clients: page, next: last.id }
        : { clients: page };
    },
  };
}
