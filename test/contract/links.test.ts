import { expect, test } from '@jest/globals';
import type { LinkRecord } from '../../src/store/links.js';
import { describeContract, type TestClock } from '../support/stores.js';

function link(clock: TestClock, members: Partial<LinkRecord> = {}): LinkRecord {
  return { key: 'k1', purpose: 'reset', createdAt: clock.now(), expiresAt: clock.now() + 1000, ...members };
}

describeContract('links', (open) => {
  test('looking at it does not use it up', async () => {
    const { store, clock } = await open();
    const stored = link(clock, { userId: 'ann', data: { email: 'ann@example.com' } });
    await store.links.create(stored);
    expect(await store.links.find('reset', 'k1')).toEqual(stored);
    expect(await store.links.find('reset', 'k1')).toEqual(stored);
    expect(await store.links.consume('reset', 'k1')).toEqual(stored);
    expect(await store.links.find('reset', 'k1')).toBeUndefined();
  });

  test('of 100 parallel consumptions exactly one gets it', async () => {
    const { store, clock } = await open();
    await store.links.create(link(clock));
    const tries = Array.from({ length: 100 }, () => store.links.consume('reset', 'k1'));
    expect((await Promise.all(tries)).filter((record) => record !== undefined)).toEqual([link(clock)]);
  });

  test('it works for its purpose alone, and no other link for it', async () => {
    const { store, clock } = await open();
    await store.links.create(link(clock));
    expect(await store.links.find('invitation', 'k1')).toBeUndefined();
    expect(await store.links.consume('invitation', 'k1')).toBeUndefined();
    expect(await store.links.consume('rese', 'tk1')).toBeUndefined();
    expect(await store.links.consume('reset', 'k2')).toBeUndefined();
    expect(await store.links.consume('reset', 'k1')).toBeDefined();
  });

  test('an expired one is gone', async () => {
    const { store, clock } = await open();
    await store.links.create(link(clock));
    clock.advance(999);
    expect(await store.links.find('reset', 'k1')).toBeDefined();
    clock.advance(1);
    expect(await store.links.find('reset', 'k1')).toBeUndefined();
    expect(await store.links.consume('reset', 'k1')).toBeUndefined();
  });

  test('those of a purpose are removed, of one user or of all', async () => {
    const { store, clock } = await open();
    await store.links.create(link(clock, { key: 'a1', userId: 'ann' }));
    await store.links.create(link(clock, { key: 'a2', userId: 'ann' }));
    await store.links.create(link(clock, { key: 'b1', userId: 'bob' }));
    await store.links.create(link(clock, { key: 'n1' }));
    await store.links.create(link(clock, { key: 'a3', userId: 'ann', purpose: 'verify' }));
    const left = async () => {
      const found = await Promise.all([
        ...['a1', 'a2', 'b1', 'n1'].map((key) => store.links.find('reset', key)),
        store.links.find('verify', 'a3'),
      ]);
      return found.flatMap((record) => (record === undefined ? [] : [record.key]));
    };
    await store.links.removeAll('reset', 'ann');
    expect(await left()).toEqual(['b1', 'n1', 'a3']);
    await store.links.removeAll('reset');
    expect(await left()).toEqual(['a3']);
  });
});
