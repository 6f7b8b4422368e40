import type { UserDuplicate, UserRecord, UserStore } from '../../src/store/users.js';
import type { Database } from './database.js';
import type { Value } from './driver.js';
import { endOfPrefix, sortable, sortableIfPresent } from './index-values.js';

interface Row {
  record: string;
}

export function createUserStore(db: Database): UserStore {
  function holds(column: 'id' | 'username' | 'email', value: Value, exceptId: Value): boolean {
    return (
      value !== null &&
      db.get(`SELECT 1 FROM users WHERE ${column} = ? AND id IS NOT ?`, value, exceptId) !== undefined
    );
  }

  /** Nothing else writes between this and what follows in the same transaction. */
  function duplicateLogin(user: UserRecord, exceptId: Value): UserDuplicate | undefined {
    if (holds('username', sortableIfPresent(user.usernameKey), exceptId)) return { duplicate: 'username' };
    if (holds('email', sortableIfPresent(user.emailKey), exceptId)) return { duplicate: 'email' };
    return undefined;
  }

  return {
    create: (user) =>
      db.write(() => {
        if (holds('id', sortable(user.id), null)) return { duplicate: 'id' };
        const duplicate = duplicateLogin(user, null);
        if (duplicate !== undefined) return duplicate;
        db.run(
          'INSERT INTO users (id, username, email, version, usable_roles, record) VALUES (?, ?, ?, ?, ?, ?)',
          sortable(user.id),
          ...columns(user),
        );
        return 'created';
      }),

    find: (id) => db.read(() => toUser(db.get<Row>('SELECT record FROM users WHERE id = ?', sortable(id)))),

    findByLogin: (loginKey) =>
      db.read(() =>
        toUser(
          db.get<Row>(
            'SELECT record FROM users WHERE username = ? OR email = ?',
            sortable(loginKey),
            sortable(loginKey),
          ),
        ),
      ),

    update: (user) =>
      db.write(() => {
        const id = sortable(user.id);
        const standing = db.get<{ version: number }>('SELECT version FROM users WHERE id = ?', id);
        if (standing === undefined) return 'missing';
        if (standing.version !== user.version) return 'stale';
        const duplicate = duplicateLogin(user, id);
        if (duplicate !== undefined) return duplicate;
        db.run(
          'UPDATE users SET username = ?, email = ?, version = ?, usable_roles = ?, record = ? WHERE id = ?',
          ...columns({ ...user, version: user.version + 1 }),
          id,
        );
        return 'updated';
      }),

    remove: (id) => db.write(() => db.run('DELETE FROM users WHERE id = ?', sortable(id)) === 1),

    list: ({ after, limit, search }) =>
      db.read(() => {
        const rows = selectPage(after, limit + 1, search);
        const users = rows.slice(0, limit).map(({ record }) => JSON.parse(record) as UserRecord);
        const last = users.at(-1);
        return rows.length > limit && last !== undefined ? { users, next: last.id } : { users };
      }),

    someoneHasRole: (role) =>
      db.read(() =>
        db
          .all<{ usable_roles: string }>('SELECT usable_roles FROM users WHERE usable_roles IS NOT NULL')
          .some(({ usable_roles: roles }) => (JSON.parse(roles) as string[]).includes(role)),
      ),
  };

  function selectPage(after: string | undefined, limit: number, search: string | undefined): Row[] {
    const start = after === undefined ? new Uint8Array() : sortable(after);
    const later = after === undefined ? 'id >= ?' : 'id > ?';
    if (search === undefined || search === '') {
      return db.all<Row>(`SELECT record FROM users WHERE ${later} ORDER BY id LIMIT ?`, start, limit);
    }
    // The `+` keeps SQLite from walking through all users by id until it has seen enough that match.
    const range = [sortable(search), endOfPrefix(search)];
    return db.all<Row>(
      `SELECT record FROM users
       WHERE (username >= ? AND username < ? OR email >= ? AND email < ?) AND +${later} ORDER BY id LIMIT ?`,
      ...range,
      ...range,
      start,
      limit,
    );
  }
}

function columns(user: UserRecord): Value[] {
  const usable = user.roles.length > 0 && user.passwordHash !== undefined && user.disabledAt === undefined;
  return [
    sortableIfPresent(user.usernameKey),
    sortableIfPresent(user.emailKey),
    user.version,
    usable ? JSON.stringify(user.roles) : null,
    JSON.stringify(user),
  ];
}

function toUser(row: Row | undefined): UserRecord | undefined {
  return row === undefined ? undefined : (JSON.parse(row.record) as UserRecord);
}
