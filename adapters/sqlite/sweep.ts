import type { Database } from './database.js';

const TABLES = [
  'artifacts',
  'sessions',
  'replays',
  'links',
  'throttles',
  'logout_deliveries',
  'initial_access_tokens',
];
/** Rows that one write removes, so that requests get their turn in between. */
const BATCH = 100;

/** Removes up to `limit` expired rows, found by the expiry indexes, and returns how many. */
export async function sweep(db: Database, limit: number): Promise<number> {
  let removed = 0;
  for (const table of TABLES) {
    while (removed < limit) {
      const batch = Math.min(BATCH, limit - removed);
      const count = await db.write((now) =>
        db.run(
          `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ?)`,
          now,
          batch,
        ),
      );
      removed += count;
      if (count < batch) break;
    }
  }
  return removed;
}
