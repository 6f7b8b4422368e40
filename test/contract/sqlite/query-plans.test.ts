import { expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../../adapters/sqlite/database.js';
import { createStore } from '../../../adapters/sqlite/open-sqlite.js';
import type { Store } from '../../../src/store/store.js';
import type { UserRecord } from '../../../src/store/users.js';

/** Small by nature (tens of services, a handful of users with roles), or one page of a longer list, in index order. */
const READS_IN_ORDER =
  /^SELECT record FROM (services|clients) ORDER BY|^SELECT usable_roles|FROM migrations|WHERE \+expires_at > \? ORDER BY created_at/;

test('every statement finds its rows by an index', async () => {
  const db = await openDatabase(':memory:', Date.now);
  const statements = new Set<string>();
  const record = (sql: string) => {
    statements.add(sql.replace(/\s+/g, ' '));
    return sql;
  };
  const recording: Database = {
    ...db,
    run: (sql, ...values) => db.run(record(sql), ...values),
    get: (sql, ...values) => db.get(record(sql), ...values),
    all: (sql, ...values) => db.all(record(sql), ...values),
  };
  const store = createStore(recording);
  await store.migrate();
  await callEverything(store);

  const searched = [...statements].filter(
    (sql) => /^(SELECT|UPDATE|DELETE)/.test(sql) && !sql.includes('sqlite_schema'),
  );
  expect(searched.length).toBeGreaterThan(40);
  const slow = searched.filter(
    (sql) => !READS_IN_ORDER.test(sql) && planOf(db, sql).some((step) => !step.startsWith('SEARCH')),
  );
  expect(slow).toEqual([]);
  const searchOfUsers = searched
    .filter((sql) => sql.includes('username >= ?'))
    .flatMap((sql) => planOf(db, sql));
  expect(searchOfUsers).toEqual([
    expect.stringContaining('(username>?'),
    expect.stringContaining('(email>?'),
  ]);
  await db.close();
});

/** Sorting is left out of sight: a search of users sorts what it found. */
function planOf(db: Database, sql: string): string[] {
  const parameters = sql.match(/\?/g)?.map(() => null) ?? [];
  return db
    .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...parameters)
    .map(({ detail }) => detail)
    .filter((detail) => /^(SCAN|SEARCH)/.test(detail));
}

async function callEverything({
  artifacts,
  sessions,
  replays,
  consents,
  users,
  clients,
  services,
  ...rest
}: Store) {
  const artifact = { model: 'M', key: 'k', payload: {} };
  await artifacts.create(artifact);
  await artifacts.replace(artifact);
  await artifacts.find('k');
  await artifacts.findByUserCode('c');
  await artifacts.listByAccount({ model: 'M', accountId: 'a', limit: 1 });
  await artifacts.consume('k');
  await artifacts.consume('k');
  await artifacts.remove('k');
  await artifacts.revoke({ grantId: 'g' });
  await artifacts.revoke({ accountId: 'a', model: 'M' });
  await artifacts.revoke({ accountId: 'a', clientId: 'c' });
  await artifacts.revoke({ clientId: 'c' });

  const expiresAt = Date.now() + 60_000;
  await sessions.create({ uid: 'u', key: 'k', expiresAt, payload: {}, authorizations: {} });
  const change = { uid: 'u', expiresAt, set: {}, unset: [], setAuthorizations: {}, unsetAuthorizations: [] };
  await sessions.update({ ...change, key: 'k2' });
  await sessions.findByKey('k');
  await sessions.findByUid('u');
  await sessions.listByAccount('a');
  await sessions.end('u');

  await replays.remember('k', expiresAt);

  await consents.add({ accountId: 'a', clientId: 'c', scopes: [], claims: [], resources: {}, updatedAt: 1 });
  await consents.find('a', 'c');
  await consents.remove('a', 'c');
  await consents.removeAll({ accountId: 'a' });
  await consents.removeAll({ clientId: 'c' });

  const times = { createdAt: 1, updatedAt: 1 };
  const user: UserRecord = {
    id: 'u',
    usernameKey: 'u',
    emailKey: 'e',
    emailVerified: false,
    profile: {},
    roles: [],
    version: 1,
    ...times,
  };
  await users.create(user);
  await users.update(user);
  await users.find('u');
  await users.findByLogin('u');
  await users.list({ limit: 1, after: 'a' });
  await users.list({ limit: 1, search: 's' });
  await users.someoneHasRole('r');
  await users.remove('u');

  const client = { id: 'c', kind: 'web' as const, metadata: {}, secrets: [], version: 1, ...times };
  await clients.create(client);
  await clients.update(client);
  await clients.update(client);
  await clients.find('c');
  await clients.list({ limit: 1 });
  await clients.listLapsed(1);
  await clients.list({ limit: 1, after: 'a' });
  await clients.remove('c');

  const service = {
    resource: 'r',
    name: 'n',
    scopes: [],
    tokenFormat: 'jwt' as const,
    introspectedBy: [],
    version: 1,
    ...times,
  };
  await services.create(service);
  await services.update(service);
  await services.update(service);
  await services.find('r');
  await services.list();
  await services.remove('r');

  const { initialAccessTokens } = rest;
  await initialAccessTokens.create({
    id: 'i',
    key: 'k',
    name: 'n',
    quota: 1,
    left: 1,
    createdAt: 1,
    expiresAt,
  });
  await initialAccessTokens.find('k');
  await initialAccessTokens.spend('k');
  await initialAccessTokens.list();
  await initialAccessTokens.remove('i');

  const { keys, links, throttles, logoutQueue, settings } = rest;
  await keys.create({ id: 'k', purpose: 'p', sealed: 's', createdAt: 1 });
  await keys.find('k');
  await keys.list('p');
  await keys.remove('k');

  await links.create({ key: 'k', purpose: 'p', createdAt: 1, expiresAt });
  await links.find('p', 'k');
  await links.consume('p', 'k');
  await links.removeAll('p');
  await links.removeAll('p', 'u');

  await throttles.hit('t', 1000);
  await throttles.peek('t');
  await throttles.giveBack('t');

  const delivery = { id: 'd', clientId: 'c', accountId: 'a', createdAt: 1, dueAt: 1, attempts: 0, expiresAt };
  await logoutQueue.add([delivery]);
  await logoutQueue.claim(1, 1000);
  await logoutQueue.retry('d', 1, 'e');
  await logoutQueue.list({ limit: 1 });
  await logoutQueue.list({ limit: 1, clientId: 'c' });
  await logoutQueue.list({ limit: 1, accountId: 'a' });
  await logoutQueue.list({ limit: 1, accountId: 'a', clientId: 'c' });
  await logoutQueue.finish('d', 'delivered');

  await settings.put('s', 1);
  await settings.putIfAbsent('s', 1);
  await settings.get('s');
  await rest.sweep(10);
}
