import type { ClientRecord, ClientStore } from '../../src/store/clients.js';
import type { Database } from './database.js';
import { sortable } from './index-values.js';

interface Row {
  record: string;
}

export function createClientStore(db: Database): ClientStore {
  return {
    create: (client) =>
      db.write(() => {
        const created = db.run(
          'INSERT INTO clients (id, version, kept_until, record) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
          sortable(client.id),
          client.version,
          client.keptUntil ?? null,
          JSON.stringify(client),
        );
        return created === 1 ? 'created' : 'duplicate';
      }),

    find: (id) =>
      db.read(() => {
        const row = db.get<Row>('SELECT record FROM clients WHERE id = ?', sortable(id));
        return row === undefined ? undefined : (JSON.parse(row.record) as ClientRecord);
      }),

    update: (client) =>
      db.write(() => {
        const id = sortable(client.id);
        const version = client.version + 1;
        const updated = db.run(
          'UPDATE clients SET version = ?, kept_until = ?, record = ? WHERE id = ? AND version = ?',
          version,
          client.keptUntil ?? null,
          JSON.stringify({ ...client, version }),
          id,
          client.version,
        );
        if (updated === 1) return 'updated';
        return db.get('SELECT 1 FROM clients WHERE id = ?', id) === undefined ? 'missing' : 'stale';
      }),

    remove: (id) => db.write(() => db.run('DELETE FROM clients WHERE id = ?', sortable(id)) === 1),

    listLapsed: (limit) =>
      db.read((now) =>
        db
          .all<Row>('SELECT record FROM clients WHERE kept_until <= ? LIMIT ?', now, limit)
          .map(({ record }) => (JSON.parse(record) as ClientRecord).id),
      ),

    list: ({ after, limit }) =>
      db.read(() => {
        const rows =
          after === undefined
            ? db.all<Row>('SELECT record FROM clients ORDER BY id LIMIT ?', limit + 1)
            : db.all<Row>(
                'SELECT record FROM clients WHERE id > ? ORDER BY id LIMIT ?',
                sortable(after),
                limit + 1,
              );
        const clients = rows.slice(0, limit).map(({ record }) => JSON.parse(record) as ClientRecord);
        const last = clients.at(-1);
        return rows.length > limit && last !== undefined ? { clients, next: last.id } : { clients };
      }),
  };
}
