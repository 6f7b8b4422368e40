import type { IndexDescription } from 'mongodb';
import type { CollectionName, Database } from './connection.js';

/** Only tidies up, see `alive`; a document without the field stays. */
const EXPIRY: IndexDescription = { name: 'expiry', key: { expiresAt: 1 }, expireAfterSeconds: 0 };

/** Every query but those by `_id` has one. `username` and `email` are names that `users.ts` reads from errors. */
const INDEXES: { [name in CollectionName]?: IndexDescription[] } = {
  artifacts: [
    EXPIRY,
    { name: 'grant', key: { grantId: 1 }, sparse: true },
    { name: 'account', key: { accountId: 1, clientId: 1 }, sparse: true },
    { name: 'client', key: { clientId: 1 }, sparse: true },
    { name: 'userCode', key: { userCode: 1 }, sparse: true },
  ],
  clients: [
    { name: 'id', key: { id: 1 } },
    { name: 'end', key: { keptUntil: 1 }, sparse: true },
  ],
  consents: [
    { name: 'account', key: { accountId: 1 } },
    { name: 'client', key: { clientId: 1 } },
  ],
  initialAccessTokens: [EXPIRY, { name: 'id', key: { id: 1 } }],
  keys: [{ name: 'purpose', key: { purpose: 1, id: 1 } }],
  links: [EXPIRY, { name: 'purpose', key: { purpose: 1, userId: 1 } }],
  logoutDeliveries: [
    EXPIRY,
    { name: 'due', key: { outcome: 1, dueAt: 1 } },
    { name: 'creation', key: { createdAt: -1 } },
    { name: 'client', key: { clientId: 1, createdAt: -1 } },
    { name: 'account', key: { accountId: 1, createdAt: -1 } },
  ],
  replays: [EXPIRY],
  services: [{ name: 'resource', key: { resource: 1 } }],
  sessions: [
    EXPIRY,
    { name: 'key', key: { key: 1 }, sparse: true },
    { name: 'account', key: { accountId: 1 }, sparse: true },
  ],
  throttles: [EXPIRY],
  users: [
    { name: 'username', key: { usernameKey: 1 }, unique: true, sparse: true },
    { name: 'email', key: { emailKey: 1 }, unique: true, sparse: true },
    { name: 'id', key: { id: 1 } },
    { name: 'roles', key: { roles: 1 } },
  ],
};

/** Creates what is missing; any number of processes may do so at once. */
export async function createIndexes({ collection }: Database): Promise<void> {
  // Building an index takes as long as there are documents. The driver passes this on, but has no type for it.
  const withoutLimit: object = { socketTimeoutMS: 0 };
  for (const [name, indexes] of Object.entries(INDEXES)) {
    await collection(name as CollectionName).createIndexes(indexes, withoutLimit);
  }
}
