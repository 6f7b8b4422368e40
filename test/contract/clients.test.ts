import { expect, test } from '@jest/globals';
import type { ClientRecord } from '../../src/store/clients.js';
import { describeContract } from '../support/stores.js';

function client(id: string, members: Partial<ClientRecord> = {}): ClientRecord {
  return {
    id,
    kind: 'web',
    metadata: { redirect_uris: ['https://shop.example/cb?a=1'], client_name: 'Shop' },
    secrets: [{ id: 's1', hash: 'aGFzaA', createdAt: 1 }],
    createdAt: 1,
    updatedAt: 1,
    version: 1,
    ...members,
  };
}

describeContract('clients', (open) => {
  test('stored once and found as it was', async () => {
    const { store } = await open();
    expect(await store.clients.create(client('shop'))).toBe('created');
    expect(await store.clients.create(client('shop', { kind: 'spa' }))).toBe('duplicate');
    expect(await store.clients.find('shop')).toEqual(client('shop'));
    expect(await store.clients.find('Shop')).toBeUndefined();
  });

  test('of 100 parallel creations of one id exactly one succeeds', async () => {
    const { store } = await open();
    const tries = Array.from({ length: 100 }, () => store.clients.create(client('shop')));
    expect((await Promise.all(tries)).filter((result) => result === 'created')).toHaveLength(1);
  });

  test('an update wants the version that was read', async () => {
    const { store } = await open();
    await store.clients.create(client('shop'));
    const rotated = client('shop', {
      secrets: [
        { id: 's1', hash: 'aGFzaA', createdAt: 1, expiresAt: 9 },
        { id: 's2', hash: 'b3RoZXI', createdAt: 2 },
      ],
    });
    const results = await Promise.all(Array.from({ length: 20 }, () => store.clients.update(rotated)));
    expect(results.filter((result) => result === 'updated')).toHaveLength(1);
    expect(results.filter((result) => result === 'stale')).toHaveLength(19);
    expect(await store.clients.find('shop')).toEqual({ ...rotated, version: 2 });
    expect(await store.clients.update({ ...rotated, version: 3 })).toBe('stale');
    expect(await store.clients.update({ ...rotated, version: 2 })).toBe('updated');
    expect(await store.clients.update(client('mail'))).toBe('missing');
    expect(await store.clients.find('mail')).toBeUndefined();
  });

  test('removed once', async () => {
    const { store } = await open();
    await store.clients.create(client('shop'));
    expect(await store.clients.remove('shop')).toBe(true);
    expect(await store.clients.remove('shop')).toBe(false);
    expect(await store.clients.find('shop')).toBeUndefined();
    expect(await store.clients.update(client('shop'))).toBe('missing');
  });

  test('those that are not kept any longer are named, and stay until they are removed', async () => {
    const { store, clock } = await open();
    const registration = { tokenHash: 'aGFzaA', statement: { 'a.$b': 1 } };
    const lapsing = client('app', { registration, keptUntil: clock.now() + 1000 });
    await store.clients.create(lapsing);
    await store.clients.create(client('used', { keptUntil: clock.now() + 1000 }));
    await store.clients.create(client('shop'));
    expect(await store.clients.update(client('used', { keptUntil: clock.now() + 2000 }))).toBe('updated');
    clock.advance(999);
    expect(await store.clients.listLapsed(10)).toEqual([]);
    clock.advance(1);
    expect(await store.clients.listLapsed(10)).toEqual(['app']);
    expect(await store.clients.find('app')).toEqual(lapsing);
    clock.advance(1000);
    expect(await store.clients.listLapsed(1)).toHaveLength(1);
    expect((await store.clients.listLapsed(10)).toSorted()).toEqual(['app', 'used']);
    await store.clients.remove('app');
    expect(await store.clients.listLapsed(10)).toEqual(['used']);
  });

  test('listed page by page in order of id', async () => {
    const { store } = await open();
    expect(await store.clients.list({ limit: 2 })).toEqual({ clients: [] });
    for (const id of ['d', 'b', 'e', 'a', 'c']) await store.clients.create(client(id));
    const first = await store.clients.list({ limit: 2 });
    expect(first).toEqual({ clients: [client('a'), client('b')], next: 'b' });
    const second = await store.clients.list({ limit: 2, after: 'b' });
    expect(second.clients.map(({ id }) => id)).toEqual(['c', 'd']);
    expect(await store.clients.list({ limit: 2, after: second.next! })).toEqual({ clients: [client('e')] });
    expect(await store.clients.list({ limit: 5, after: 'bb' })).toEqual({
      clients: [client('c'), client('d'), client('e')],
    });
  });
});
