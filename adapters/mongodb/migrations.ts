import type { MigrationState } from '../../src/store/store.js';
import type { Database } from './connection.js';
import { createIndexes } from './indexes.js';
import { withLock } from './lock.js';

interface Migration {
  number: number;
  name: string;
  /** May run again after it broke off: what is done already must not hurt it. */
  apply: (db: Database) => Promise<void>;
}

/** In order of number. One that was released is never changed: what it got wrong, the next puts right. */
const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'records', apply: createIndexes },
  { number: 2, name: 'registration', apply: createIndexes },
];

/** Applies what is pending, step by step, while no other process does. */
export async function migrate(db: Database): Promise<MigrationState[]> {
  if ((await readState(db)).every(isApplied)) {
    // A dump can be restored without its indexes, and uniqueness is one of them.
    await createIndexes(db);
  } else {
    await withLock(db, 'migrations', (assertHeld) => applyPending(db, assertHeld));
  }
  return readState(db);
}

/** Every known step. Rejects when the database has one that this version does not know. */
export async function readState({ collection }: Database): Promise<MigrationState[]> {
  const documents = await collection('migrations').find().sort({ number: 1 }).toArray();
  const applied = documents.map(
    ({ number, name, appliedAt }) => ({ number, name, appliedAt }) as MigrationState,
  );
  refuseNewer(applied);
  return MIGRATIONS.map(({ number, name }) => {
    const appliedAt = applied.find((state) => state.number === number)?.appliedAt;
    return appliedAt === undefined ? { number, name } : { number, name, appliedAt };
  });
}

async function applyPending(db: Database, assertHeld: () => void): Promise<void> {
  const state = await readState(db);
  for (const { number, name, apply } of MIGRATIONS) {
    if (state.some((step) => step.number === number && isApplied(step))) continue;
    await apply(db);
    assertHeld();
    await db.collection('migrations').insertOne({ _id: String(number), number, name, appliedAt: db.clock() });
  }
}

function isApplied(step: MigrationState): boolean {
  return step.appliedAt !== undefined;
}

/** An older server would write records that the newer one has already changed the shape of. */
function refuseNewer(applied: MigrationState[]): void {
  const newest = applied.at(-1);
  const known = MIGRATIONS.length;
  if (newest === undefined || newest.number <= known) return;
  throw new Error(
    `The database was migrated by a newer version of Gatehouse (to step ${newest.number}, "${newest.name}"; ` +
      `this version knows ${known}). Start that version, or restore a backup from before.`,
  );
}
