import { expect, test } from '@jest/globals';
import type { KeyRecord } from '../../src/store/keys.js';
import { describeContract } from '../support/stores.js';

function key(id: string, members: Partial<KeyRecord> = {}): KeyRecord {
  return { id, purpose: 'signing', sealed: 'c2VhbGVk', createdAt: 1, ...members };
}

describeContract('keys', (open) => {
  test('found as it was stored', async () => {
    const { store } = await open();
    const publicJwk = { kty: 'EC', kid: 'k', use: 'sig', alg: 'ES256' };
    const stored = key('signing/ES256/1', { publicJwk, activeFrom: 7 });
    expect(await store.keys.create(stored)).toBe(true);
    expect(await store.keys.find('signing/ES256/1')).toEqual(stored);
    expect(await store.keys.find('signing/ES256/2')).toBeUndefined();
  });

  test('a slot is filled once, by one of 100 parallel calls, and stays as it was filled', async () => {
    const { store } = await open();
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store.keys.create(key('cookie/1', { sealed: `sealed-${index}` })),
      ),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await store.keys.find('cookie/1'))!.sealed).toBe(`sealed-${results.indexOf(true)}`);
  });

  test('listed by purpose in order of id, removed once', async () => {
    const { store } = await open();
    for (const id of ['s/3', 's/1', 's/2']) await store.keys.create(key(id));
    await store.keys.create(key('c/1', { purpose: 'cookie' }));
    expect(await store.keys.list('signing')).toEqual([key('s/1'), key('s/2'), key('s/3')]);
    expect(await store.keys.list('sign')).toEqual([]);
    expect(await store.keys.remove('s/2')).toBe(true);
    expect(await store.keys.remove('s/2')).toBe(false);
    expect(await store.keys.list('signing')).toEqual([key('s/1'), key('s/3')]);
    expect(await store.keys.create(key('s/2'))).toBe(true);
  });
});
