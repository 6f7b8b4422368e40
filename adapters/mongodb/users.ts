import type { Filter } from 'mongodb';
import type { UserDuplicate, UserRecord, UserStore } from '../../src/store/users.js';
import type { Database } from './connection.js';
import { createCodec, recordId, text, type StoredDocument } from './documents.js';
import { duplicateIndex } from './errors.js';

const { encode, decode } = createCodec<UserRecord>();

export function createUserStore({ collection }: Database): UserStore {
  const users = collection('users');

  return {
    async create(user) {
      try {
        await users.insertOne(encode(recordId(user.id), user));
        return 'created';
      } catch (error) {
        return toDuplicate(error);
      }
    },

    async find(id) {
      const document = await users.findOne({ _id: recordId(id) });
      return document === null ? undefined : decode(document);
    },

    async findByLogin(loginKey) {
      const key = text(loginKey);
      const document = await users.findOne({ $or: [{ usernameKey: key }, { emailKey: key }] });
      return document === null ? undefined : decode(document);
    },

    async update(user) {
      const _id = recordId(user.id);
      const next = encode(_id, { ...user, version: user.version + 1 });
      try {
        const { matchedCount } = await users.replaceOne({ _id, version: user.version }, next);
        if (matchedCount === 1) return 'updated';
      } catch (error) {
        return toDuplicate(error);
      }
      return (await users.findOne({ _id }, { projection: { _id: 1 } })) === null ? 'missing' : 'stale';
    },

    async remove(id) {
      return (await users.deleteOne({ _id: recordId(id) })).deletedCount === 1;
    },

    async list({ after, limit, search }) {
      const filter: Filter<StoredDocument> = {};
      if (after !== undefined) filter.id = { $gt: text(after) };
      if (search !== undefined && search !== '') {
        const range = startingWith(search);
        filter.$or = [{ usernameKey: range }, { emailKey: range }];
      }
      const documents = await users
        .find(filter)
        .sort({ id: 1 })
        .limit(limit + 1)
        .toArray();
      const page = documents.slice(0, limit).map(decode);
      const last = page.at(-1);
      return documents.length > limit && last !== undefined
        ? { users: page, next: last.id }
        : { users: page };
    },

    async someoneHasRole(role) {
      const user = await users.findOne(
        { roles: text(role), passwordHash: { $exists: true }, disabledAt: { $exists: false } },
        { projection: { _id: 1 } },
      );
      return user !== null;
    },
  };
}

/** A range and no regular expression: nothing to escape, and every server searches its index by it. */
function startingWith(prefix: string): { $gte: string; $lt: string } {
  const start = text(prefix);
  return { $gte: start, $lt: `${start}\u{10ffff}` };
}

/** By the name of the unique index, see `indexes.ts`. */
function toDuplicate(error: unknown): UserDuplicate {
  switch (duplicateIndex(error)) {
    case '_id_':
      return { duplicate: 'id' };
    case 'username':
      return { duplicate: 'username' };
    case 'email':
      return { duplicate: 'email' };
    default:
      throw error;
  }
}
