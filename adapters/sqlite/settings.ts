import type { SettingStore } from '../../src/store/settings.js';
import type { Json } from '../../src/store/store.js';
import type { Database } from './database.js';
import { sortable } from './index-values.js';

export function createSettingStore(db: Database): SettingStore {
  function select(name: string): Json | undefined {
    const row = db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', sortable(name));
    return row === undefined ? undefined : (JSON.parse(row.value) as Json);
  }

  return {
    get: (name) => db.read(() => select(name)),

    put: (name, value) =>
      db.write(() => {
        db.run(
          'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
          sortable(name),
          JSON.stringify(value),
        );
      }),

    putIfAbsent: (name, value) =>
      db.write(() => {
        const sql = 'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING';
        const inserted = db.run(sql, sortable(name), JSON.stringify(value));
        return inserted === 1 ? (JSON.parse(JSON.stringify(value)) as Json) : select(name)!;
      }),
  };
}
