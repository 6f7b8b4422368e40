import type { ConsentRecord, ConsentStore } from '../../src/store/consents.js';
import type { Database } from './database.js';
import { hashed } from './index-values.js';

interface Row {
  record: string;
}

export function createConsentStore(db: Database): ConsentStore {
  function select(accountId: string, clientId: string): ConsentRecord | undefined {
    const row = db.get<Row>(
      'SELECT record FROM consents WHERE account = ? AND client = ?',
      hashed(accountId),
      hashed(clientId),
    );
    return row === undefined ? undefined : (JSON.parse(row.record) as ConsentRecord);
  }

  return {
    find: (accountId, clientId) => db.read(() => select(accountId, clientId)),

    add: (consent) =>
      db.write(() => {
        const remembered = select(consent.accountId, consent.clientId);
        db.run(
          `INSERT INTO consents (account, client, record) VALUES (?, ?, ?)
           ON CONFLICT (account, client) DO UPDATE SET record = excluded.record`,
          hashed(consent.accountId),
          hashed(consent.clientId),
          JSON.stringify(remembered === undefined ? consent : merged(remembered, consent)),
        );
      }),

    remove: (accountId, clientId) =>
      db.write(() => {
        db.run('DELETE FROM consents WHERE account = ? AND client = ?', hashed(accountId), hashed(clientId));
      }),

    removeAll: (of) =>
      db.write(() => {
        if ('accountId' in of) db.run('DELETE FROM consents WHERE account = ?', hashed(of.accountId));
        else db.run('DELETE FROM consents WHERE client = ?', hashed(of.clientId));
      }),
  };
}

function merged(remembered: ConsentRecord, added: ConsentRecord): ConsentRecord {
  const resources = new Map(Object.entries(remembered.resources));
  for (const [resource, scopes] of Object.entries(added.resources)) {
    resources.set(resource, union(resources.get(resource) ?? [], scopes));
  }
  return {
    ...remembered,
    scopes: union(remembered.scopes, added.scopes),
    claims: union(remembered.claims, added.claims),
    resources: Object.fromEntries(resources),
    updatedAt: Math.max(remembered.updatedAt, added.updatedAt),
  };
}

function union(some: string[], others: string[]): string[] {
  return [...new Set([...some, ...others])].sort();
}
