import type { KeyRecord, KeyStore } from '../../src/store/keys.js';
import type { Database } from './database.js';
import { hashed, sortable } from './index-values.js';

interface Row {
  record: string;
}

export function createKeyStore(db: Database): KeyStore {
  return {
    create: (key) =>
      db.write(() => {
        const created = db.run(
          'INSERT INTO keys (id, purpose, record) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
          sortable(key.id),
          hashed(key.purpose),
          JSON.stringify(key),
        );
        return created === 1;
      }),

    find: (id) =>
      db.read(() => {
        const row = db.get<Row>('SELECT record FROM keys WHERE id = ?', sortable(id));
        return row === undefined ? undefined : toKey(row);
      }),

    list: (purpose) =>
      db.read(() =>
        db.all<Row>('SELECT record FROM keys WHERE purpose = ? ORDER BY id', hashed(purpose)).map(toKey),
      ),

    remove: (id) => db.write(() => db.run('DELETE FROM keys WHERE id = ?', sortable(id)) === 1),
  };
}

function toKey({ record }: Row): KeyRecord {
  return JSON.parse(record) as KeyRecord;
}
