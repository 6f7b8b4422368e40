import type { ThrottleState, ThrottleStore } from '../../src/store/throttles.js';
import type { Database } from './database.js';
import { hashed } from './index-values.js';

interface Row {
  count: number;
  expires_at: number;
}

export function createThrottleStore(db: Database): ThrottleStore {
  return {
    hit: (key, windowMs) =>
      db.write((now) => {
        const row = db.get<Row>(
          `INSERT INTO throttles (key, count, expires_at) VALUES (?1, 1, ?2)
           ON CONFLICT (key) DO UPDATE SET
             count = CASE WHEN expires_at > ?3 THEN count + 1 ELSE 1 END,
             expires_at = CASE WHEN expires_at > ?3 THEN expires_at ELSE ?2 END
           RETURNING count, expires_at`,
          hashed(key),
          now + windowMs,
          now,
        );
        return toState(row!);
      }),

    peek: (key) =>
      db.read((now) => {
        const sql = 'SELECT count, expires_at FROM throttles WHERE key = ? AND expires_at > ?';
        const row = db.get<Row>(sql, hashed(key), now);
        return row === undefined ? undefined : toState(row);
      }),

    giveBack: (key) =>
      db.write((now) => {
        const sql = 'UPDATE throttles SET count = count - 1 WHERE key = ? AND count > 0 AND expires_at > ?';
        db.run(sql, hashed(key), now);
      }),
  };
}

function toState({ count, expires_at: resetAt }: Row): ThrottleState {
  return { count, resetAt };
}
