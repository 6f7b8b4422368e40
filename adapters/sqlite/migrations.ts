import type { MigrationState } from '../../src/store/store.js';
import type { Database } from './database.js';
import { recordsSchema, registrationSchema } from './schema.js';

interface Migration {
  number: number;
  name: string;
  apply: (db: Database) => void;
}

/** In order of number. One that was released is never changed: what it got wrong, the next puts right. */
const migrations: readonly Migration[] = [
  { number: 1, name: 'records', apply: (db) => db.exec(recordsSchema) },
  { number: 2, name: 'registration', apply: (db) => db.exec(registrationSchema) },
];

/**
 * Applies what is pending, all of it or nothing: the transaction of the write is also the lock that keeps a second
 * process waiting, which then finds everything applied.
 */
export function migrate(db: Database): Promise<MigrationState[]> {
  return db.write((now) => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
    );
    const applied = appliedMigrations(db);
    refuseNewer(applied);
    for (const { number, name, apply } of migrations) {
      if (applied.some((state) => state.number === number)) continue;
      apply(db);
      db.run('INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)', number, name, now);
    }
    return appliedMigrations(db);
  });
}

function appliedMigrations(db: Database): MigrationState[] {
  const rows = db.all<{ number: number; name: string; applied_at: number }>(
    'SELECT number, name, applied_at FROM migrations ORDER BY number',
  );
  return rows.map(({ number, name, applied_at: appliedAt }) => ({ number, name, appliedAt }));
}

/** An older server would write records that the newer one has already changed the shape of. */
function refuseNewer(applied: MigrationState[]): void {
  const newest = applied.at(-1);
  const known = migrations.length;
  if (newest === undefined || newest.number <= known) return;
  throw new Error(
    `The database was migrated by a newer version of Gatehouse (to step ${newest.number}, "${newest.name}"; ` +
      `this version knows ${known}). Start that version, or restore a backup from before.`,
  );
}
