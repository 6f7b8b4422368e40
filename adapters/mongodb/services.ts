import type { ServiceRecord, ServiceStore } from '../../src/store/services.js';
import type { Database } from './connection.js';
import { createCodec, recordId } from './documents.js';
import { insertIfAbsent } from './insert.js';

const { encode, decode } = createCodec<ServiceRecord>();

export function createServiceStore({ collection }: Database): ServiceStore {
  const services = collection('services');

  return {
    async create(service) {
      const document = encode(recordId(service.resource), service);
      return (await insertIfAbsent(services, document)) ? 'created' : 'duplicate';
    },

    async find(resource) {
      const document = await services.findOne({ _id: recordId(resource) });
      return document === null ? undefined : decode(document);
    },

    async update(service) {
      const _id = recordId(service.resource);
      const next = encode(_id, { ...service, version: service.version + 1 });
      const { matchedCount } = await services.replaceOne({ _id, version: service.version }, next);
      if (matchedCount === 1) return 'updated';
      return (await services.findOne({ _id }, { projection: { _id: 1 } })) === null ? 'missing' : 'stale';
    },

    async remove(resource) {
      return (await services.deleteOne({ _id: recordId(resource) })).deletedCount === 1;
    },

    async list() {
      return (await services.find().sort({ resource: 1 }).toArray()).map(decode);
    },
  };
}
