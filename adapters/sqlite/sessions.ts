import type { SessionChange, SessionRecord, SessionStore } from '../../src/store/sessions.js';
import type { Database } from './database.js';
import { hashed, hashedIfPresent } from './index-values.js';

const ALIVE = 'ended_at IS NULL AND expires_at > ?';

interface Row {
  record: string;
}

export function createSessionStore(db: Database): SessionStore {
  return {
    create: (session) =>
      db.write((now) => {
        // Of an expired one nothing may remain, so the row is replaced as a whole.
        db.run('DELETE FROM sessions WHERE uid = ? AND expires_at <= ?', hashed(session.uid), now);
        const created = db.run(
          `INSERT INTO sessions (uid, key, account, expires_at, record) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (uid) DO NOTHING`,
          hashed(session.uid),
          hashed(session.key),
          hashedIfPresent(session.accountId),
          session.expiresAt,
          JSON.stringify(session),
        );
        return created === 1;
      }),

    update: (change) =>
      db.write((now) => {
        const session = toSession(selectByUid(db, change.uid, now));
        if (session === undefined) return false;
        const changed = applied(change, session);
        db.run(
          'UPDATE sessions SET account = ?, expires_at = ?, record = ? WHERE uid = ?',
          hashedIfPresent(changed.accountId),
          changed.expiresAt,
          JSON.stringify(changed),
          hashed(change.uid),
        );
        if (changed.key !== session.key) {
          db.run('UPDATE sessions SET key = ? WHERE uid = ?', hashed(changed.key), hashed(change.uid));
        }
        return true;
      }),

    findByKey: (key) =>
      db.read((now) =>
        toSession(db.get<Row>(`SELECT record FROM sessions WHERE key = ? AND ${ALIVE}`, hashed(key), now)),
      ),

    findByUid: (uid) => db.read((now) => toSession(selectByUid(db, uid, now))),

    listByAccount: (accountId) =>
      db.read((now) =>
        db
          .all<Row>(`SELECT record FROM sessions WHERE account = ? AND ${ALIVE}`, hashed(accountId), now)
          .map(({ record }) => JSON.parse(record) as SessionRecord),
      ),

    end: (uid) =>
      db.write((now) => {
        const session = toSession(selectByUid(db, uid, now));
        if (session === undefined) return undefined;
        db.run(
          'UPDATE sessions SET ended_at = ?, key = NULL, account = NULL, record = NULL WHERE uid = ?',
          now,
          hashed(uid),
        );
        return session;
      }),
  };
}

function selectByUid(db: Database, uid: string, now: number): Row | undefined {
  return db.get<Row>(`SELECT record FROM sessions WHERE uid = ? AND ${ALIVE}`, hashed(uid), now);
}

function toSession(row: Row | undefined): SessionRecord | undefined {
  return row === undefined ? undefined : (JSON.parse(row.record) as SessionRecord);
}

function applied(change: SessionChange, session: SessionRecord): SessionRecord {
  return {
    ...session,
    ...(change.accountId === undefined ? {} : { accountId: change.accountId }),
    key: change.key ?? session.key,
    expiresAt: change.expiresAt,
    payload: without({ ...session.payload, ...change.set }, change.unset),
    authorizations: without(
      { ...session.authorizations, ...change.setAuthorizations },
      change.unsetAuthorizations,
    ),
  };
}

/** By entries, since a member may be called `__proto__`. */
function without<T>(members: Record<string, T>, names: string[]): Record<string, T> {
  if (names.length === 0) return members;
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}
