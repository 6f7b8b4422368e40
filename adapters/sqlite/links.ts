import type { LinkRecord, LinkStore } from '../../src/store/links.js';
import type { Database } from './database.js';
import { hashed, hashedIfPresent, hashedPair } from './index-values.js';

interface Row {
  record: string;
}

export function createLinkStore(db: Database): LinkStore {
  return {
    create: (link) =>
      db.write(() => {
        db.run(
          'INSERT OR REPLACE INTO links (key, purpose, user_id, expires_at, record) VALUES (?, ?, ?, ?, ?)',
          hashedPair(link.purpose, link.key),
          hashed(link.purpose),
          hashedIfPresent(link.userId),
          link.expiresAt,
          JSON.stringify(link),
        );
      }),

    find: (purpose, key) =>
      db.read((now) =>
        toLink(
          db.get('SELECT record FROM links WHERE key = ? AND expires_at > ?', hashedPair(purpose, key), now),
        ),
      ),

    consume: (purpose, key) =>
      db.write((now) =>
        toLink(
          db.get(
            'DELETE FROM links WHERE key = ? AND expires_at > ? RETURNING record',
            hashedPair(purpose, key),
            now,
          ),
        ),
      ),

    removeAll: (purpose, userId) =>
      db.write(() => {
        if (userId === undefined) db.run('DELETE FROM links WHERE purpose = ?', hashed(purpose));
        else db.run('DELETE FROM links WHERE purpose = ? AND user_id = ?', hashed(purpose), hashed(userId));
      }),
  };
}

function toLink(row: Row | undefined): LinkRecord | undefined {
  return row === undefined ? undefined : (JSON.parse(row.record) as LinkRecord);
}
