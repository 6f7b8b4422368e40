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
      return (await services.replaceOne({ _id }, encode(_id, service))).matchedCount === 1;
    },

    async remove(resource) {
      return (await services.deleteOne({ _id: recordId(resource) })).deletedCount === 1;
    },

    async list() {
      return (await services.find().sort({ resource: 1 }).toArray()).map(decode);
    },
  };
}
