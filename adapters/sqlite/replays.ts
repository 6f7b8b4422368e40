import type { ReplayStore } from '../../src/store/replays.js';
import type { Database } from './database.js';
import { hashed } from './index-values.js';

export function createReplayStore(db: Database): ReplayStore {
  return {
    remember: (key, expiresAt) =>
      db.write((now) => {
        const inserted = db.run(
          `INSERT INTO replays (key, expires_at) VALUES (?, ?)
           ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE expires_at <= ?`,
          hashed(key),
          Math.min(Math.ceil(expiresAt), Number.MAX_SAFE_INTEGER),
          now,
        );
        return inserted === 1;
      }),
  };
}
