import type {
  InitialAccessTokenRecord,
  InitialAccessTokenStore,
} from '../../src/store/initial-access-tokens.js';
import type { Database } from './database.js';
import { hashed } from './index-values.js';

interface Row {
  record: string;
  registrations_left: number;
}

export function createInitialAccessTokenStore(db: Database): InitialAccessTokenStore {
  return {
    create: (token) =>
      db.write(() => {
        db.run(
          'INSERT INTO initial_access_tokens (key, id, registrations_left, created_at, expires_at, record) VALUES (?, ?, ?, ?, ?, ?)',
          hashed(token.key),
          hashed(token.id),
          token.left,
          token.createdAt,
          token.expiresAt,
          JSON.stringify(token),
        );
      }),

    find: (key) =>
      db.read((now) => {
        const row = db.get<Row>(
          'SELECT record, registrations_left FROM initial_access_tokens WHERE key = ? AND expires_at > ?',
          hashed(key),
          now,
        );
        return row && toToken(row);
      }),

    spend: (key) =>
      db.write(
        (now) =>
          db.run(
            'UPDATE initial_access_tokens SET registrations_left = registrations_left - 1 WHERE key = ? AND registrations_left > 0 AND expires_at > ?',
            hashed(key),
            now,
          ) === 1,
      ),

    remove: (id) =>
      db.write(
        (now) =>
          db.run('DELETE FROM initial_access_tokens WHERE id = ? AND expires_at > ?', hashed(id), now) === 1,
      ),

    list: () =>
      db.read((now) =>
        db
          .all<Row>(
            'SELECT record, registrations_left FROM initial_access_tokens WHERE +expires_at > ? ORDER BY created_at',
            now,
          )
          .map(toToken),
      ),
  };
}

function toToken({ record, registrations_left: left }: Row): InitialAccessTokenRecord {
  return { ...(JSON.parse(record) as InitialAccessTokenRecord), left };
}
