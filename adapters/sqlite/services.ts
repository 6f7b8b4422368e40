import type { ServiceRecord, ServiceStore } from '../../src/store/services.js';
import type { Database } from './database.js';
import { sortable } from './index-values.js';

interface Row {
  record: string;
}

export function createServiceStore(db: Database): ServiceStore {
  return {
    create: (service) =>
      db.write(() => {
        const created = db.run(
          'INSERT INTO services (resource, version, record) VALUES (?, ?, ?) ON CONFLICT (resource) DO NOTHING',
          sortable(service.resource),
          service.version,
          JSON.stringify(service),
        );
        return created === 1 ? 'created' : 'duplicate';
      }),

    find: (resource) =>
      db.read(() => {
        const row = db.get<Row>('SELECT record FROM services WHERE resource = ?', sortable(resource));
        return row === undefined ? undefined : toService(row);
      }),

    update: (service) =>
      db.write(() => {
        const resource = sortable(service.resource);
        const version = service.version + 1;
        const updated = db.run(
          'UPDATE services SET version = ?, record = ? WHERE resource = ? AND version = ?',
          version,
          JSON.stringify({ ...service, version }),
          resource,
          service.version,
        );
        if (updated === 1) return 'updated';
        return db.get('SELECT 1 FROM services WHERE resource = ?', resource) === undefined
          ? 'missing'
          : 'stale';
      }),

    remove: (resource) =>
      db.write(() => db.run('DELETE FROM services WHERE resource = ?', sortable(resource)) === 1),

    list: () => db.read(() => db.all<Row>('SELECT record FROM services ORDER BY resource').map(toService)),
  };
}

function toService({ record }: Row): ServiceRecord {
  return JSON.parse(record) as ServiceRecord;
}
