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
          'INSERT INTO services (resource, record) VALUES (?, ?) ON CONFLICT (resource) DO NOTHING',
          sortable(service.resource),
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
        const sql = 'UPDATE services SET record = ? WHERE resource = ?';
        return db.run(sql, JSON.stringify(service), sortable(service.resource)) === 1;
      }),

    remove: (resource) =>
      db.write(() => db.run('DELETE FROM services WHERE resource = ?', sortable(resource)) === 1),

    list: () => db.read(() => db.all<Row>('SELECT record FROM services ORDER BY resource').map(toService)),
  };
}

function toService({ record }: Row): ServiceRecord {
  return JSON.parse(record) as ServiceRecord;
}
