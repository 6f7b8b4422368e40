import { expect, test } from '@jest/globals';
import { openDatabase } from '../../../adapters/sqlite/database.js';
import { createStore } from '../../../adapters/sqlite/open-sqlite.js';
import { createTestClock } from '../../support/stores.js';

test('a sweep removes what has expired, tombstones included, up to its limit, and nothing else', async () => {
  const clock = createTestClock();
  const db = await openDatabase(':memory:', clock.now);
  const store = createStore(db);
  await store.migrate();
  const expiresAt = clock.now() + 1000;
  const numbers = Array.from({ length: 250 }, (_, index) => index);
  await Promise.all(
    numbers.map((n) => store.artifacts.create({ model: 'M', key: `${n}`, payload: {}, expiresAt })),
  );
  await store.artifacts.create({ model: 'Grant', key: 'for ever', payload: {} });
  await store.sessions.create({ uid: 'u', key: 'k', expiresAt, payload: {}, authorizations: {} });
  await store.sessions.end('u');
  await store.replays.remember('r', expiresAt);
  await store.links.create({ key: 'l', purpose: 'p', createdAt: 1, expiresAt });
  await store.throttles.hit('t', 1000);
  await store.throttles.hit('later', 1001);
  await store.logoutQueue.add([
    { id: 'd', clientId: 'c', accountId: 'a', createdAt: 1, dueAt: 1, attempts: 0, expiresAt },
  ]);

  await store.initialAccessTokens.create({
    id: 'i',
    key: 'k',
    name: 'n',
    quota: 1,
    left: 1,
    createdAt: 1,
    expiresAt,
  });

  clock.advance(999);
  expect(await store.sweep(1000)).toBe(0);
  clock.advance(1);
  expect(await store.sweep(120)).toBe(120);
  expect(await store.sweep(1000)).toBe(136);
  expect(await store.sweep(1000)).toBe(0);

  const left = [
    'artifacts',
    'sessions',
    'replays',
    'links',
    'throttles',
    'logout_deliveries',
    'initial_access_tokens',
  ].map((table) => db.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)!.count);
  expect(left).toEqual([1, 0, 0, 0, 1, 0, 0]);
  await store.close();
});
