import { describe, expect, test } from '@jest/globals';
import type { LogoutDelivery } from '../../src/store/logout-queue.js';
import { describeEachStore, type TestClock } from '../support/stores.js';

const DAY = 86_400_000;

function delivery(clock: TestClock, id: string, members: Partial<LogoutDelivery> = {}): LogoutDelivery {
  return {
    id,
    clientId: 'shop',
    accountId: 'ann',
    createdAt: clock.now(),
    dueAt: clock.now(),
    attempts: 0,
    expiresAt: clock.now() + DAY,
    ...members,
  };
}

describeEachStore('logout queue', (open) => {
  describe('claim', () => {
    test('takes what is due, the longest waiting first, and leases it', async () => {
      const { store, clock } = await open();
      const queue = store.logoutQueue;
      await queue.add([
        delivery(clock, 'later', { dueAt: clock.now() + 1 }),
        delivery(clock, 'now', { sid: 'sid-1' }),
        delivery(clock, 'before', { dueAt: clock.now() - 1 }),
      ]);
      expect(await queue.claim(1, 1000)).toMatchObject([{ id: 'before' }]);
      expect(await queue.claim(10, 1000)).toEqual([
        delivery(clock, 'now', { sid: 'sid-1', attempts: 1, dueAt: clock.now() + 1000 }),
      ]);
      expect(await queue.claim(10, 1000)).toEqual([]);
      clock.advance(1);
      expect(await queue.claim(10, 1000)).toMatchObject([{ id: 'later' }]);
    });

    test('nobody else gets it while the lease lasts; afterwards it is due again', async () => {
      const { store, clock } = await open();
      await store.logoutQueue.add([delivery(clock, '1')]);
      await store.logoutQueue.claim(1, 1000);
      clock.advance(999);
      expect(await store.logoutQueue.claim(1, 1000)).toEqual([]);
      clock.advance(1);
      expect(await store.logoutQueue.claim(1, 1000)).toMatchObject([{ id: '1', attempts: 2 }]);
    });

    test('of 40 parallel claimers on two connections no two get the same', async () => {
      const { store, clock, openAnother } = await open();
      const other = await openAnother();
      const ids = Array.from({ length: 60 }, (_, index) => `d${String(index).padStart(2, '0')}`);
      await store.logoutQueue.add(ids.map((id) => delivery(clock, id)));
      const claims = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 ? store : other).logoutQueue.claim(3, 1000)),
      );
      expect(claims.flatMap((claim) => claim.map(({ id }) => id)).sort()).toEqual(ids);
      expect(Math.max(...claims.map((claim) => claim.length))).toBeLessThanOrEqual(3);
    });
  });

  test('what is finished stays on record and is not due again', async () => {
    const { store, clock } = await open();
    const queue = store.logoutQueue;
    await queue.add([delivery(clock, 'good'), delivery(clock, 'bad')]);
    await queue.claim(2, 1000);
    clock.advance(10);
    await queue.finish('good', 'delivered');
    await queue.finish('bad', 'given-up', 'HTTP 400');
    await queue.finish('unknown', 'delivered');
    const finishedAt = clock.now();
    clock.advance(5000);
    await queue.retry('good', clock.now(), 'a late one, whose lease had ended');
    expect(await queue.claim(10, 1000)).toEqual([]);
    const records = await queue.list({ limit: 10 });
    expect(records.find(({ id }) => id === 'good')).toMatchObject({
      outcome: 'delivered',
      finishedAt,
      attempts: 1,
    });
    expect(records.find(({ id }) => id === 'bad')).toMatchObject({
      outcome: 'given-up',
      lastError: 'HTTP 400',
    });
    expect(records).toHaveLength(2);
  });

  test('what failed is due again when told', async () => {
    const { store, clock } = await open();
    const queue = store.logoutQueue;
    await queue.add([delivery(clock, '1')]);
    await queue.claim(1, 1000);
    const dueAt = clock.now() + 5000;
    await queue.retry('1', dueAt, 'connection refused');
    clock.advance(4999);
    expect(await queue.claim(1, 1000)).toEqual([]);
    clock.advance(1);
    expect(await queue.claim(1, 1000)).toMatchObject([
      { id: '1', attempts: 2, lastError: 'connection refused' },
    ]);
  });

  describe('add', () => {
    test('leaves what is known as it is: waiting, leased or over', async () => {
      const { store, clock } = await open();
      const queue = store.logoutQueue;
      const first = ['waiting', 'leased', 'over'].map((id) => delivery(clock, id));
      await queue.add([{ ...first[0]!, dueAt: clock.now() + 5000 }, first[1]!, first[2]!]);
      await queue.claim(2, 1000);
      await queue.finish('over', 'delivered');
      const before = await queue.list({ limit: 10 });

      await queue.add([...first, delivery(clock, 'new')]);
      expect(await queue.claim(10, 1000)).toMatchObject([{ id: 'new' }]);
      const after = await queue.list({ limit: 10 });
      expect(after.filter(({ id }) => id !== 'new')).toEqual(expect.arrayContaining(before));
      expect(after).toHaveLength(4);
    });

    test('of 40 parallel additions on two connections one is queued', async () => {
      const { store, clock, openAnother } = await open();
      const other = await openAnother();
      const both = () => [delivery(clock, '1'), delivery(clock, '2')];
      await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 ? store : other).logoutQueue.add(both())),
      );
      const claimed = await store.logoutQueue.claim(10, 1000);
      expect(claimed.map(({ id }) => id).sort()).toEqual(['1', '2']);
      expect(await store.logoutQueue.list({ limit: 10 })).toHaveLength(2);
    });

    test('takes the place of a record that is forgotten', async () => {
      const { store, clock } = await open();
      await store.logoutQueue.add([delivery(clock, '1', { expiresAt: clock.now() + 10 })]);
      clock.advance(10);
      await store.logoutQueue.add([delivery(clock, '1')]);
      expect(await store.logoutQueue.list({ limit: 10 })).toEqual([delivery(clock, '1')]);
    });
  });

  test('adding nothing is fine', async () => {
    const { store } = await open();
    await store.logoutQueue.add([]);
    expect(await store.logoutQueue.list({ limit: 1 })).toEqual([]);
  });

  test('listed newest first, by client, by account, by both', async () => {
    const { store, clock } = await open();
    const at = (id: string, createdAt: number, clientId: string, accountId: string) =>
      delivery(clock, id, { createdAt: clock.now() + createdAt, clientId, accountId });
    await store.logoutQueue.add([
      at('2', 2, 'mail', 'ann'),
      at('1', 1, 'shop', 'ann'),
      at('4', 4, 'mail', 'bob'),
      at('3', 3, 'shop', 'bob'),
    ]);
    const ids = async (options: { clientId?: string; accountId?: string; limit: number }) =>
      (await store.logoutQueue.list(options)).map(({ id }) => id);
    expect(await ids({ limit: 3 })).toEqual(['4', '3', '2']);
    expect(await ids({ limit: 9, clientId: 'shop' })).toEqual(['3', '1']);
    expect(await ids({ limit: 9, accountId: 'bob' })).toEqual(['4', '3']);
    expect(await ids({ limit: 9, accountId: 'bob', clientId: 'mail' })).toEqual(['4']);
  });

  test('a record that is forgotten is neither listed nor claimed', async () => {
    const { store, clock } = await open();
    await store.logoutQueue.add([delivery(clock, '1', { expiresAt: clock.now() + 10 })]);
    clock.advance(10);
    expect(await store.logoutQueue.list({ limit: 1 })).toEqual([]);
    expect(await store.logoutQueue.claim(1, 1000)).toEqual([]);
  });
});
