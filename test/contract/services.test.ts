import { expect, test } from '@jest/globals';
import type { ServiceRecord } from '../../src/store/services.js';
import { describeContract } from '../support/stores.js';

function service(resource: string, members: Partial<ServiceRecord> = {}): ServiceRecord {
  return {
    resource,
    name: 'Orders',
    scopes: [{ name: 'orders:read', description: 'See your orders' }],
    tokenFormat: 'jwt',
    introspectedBy: [],
    createdAt: 1,
    updatedAt: 1,
    version: 1,
    ...members,
  };
}

describeContract('services', (open) => {
  test('stored once, found, updated, removed', async () => {
    const { store } = await open();
    const { services } = store;
    const stored = service('https://orders.example/v1.0');
    expect(await services.create(stored)).toBe('created');
    expect(await services.create({ ...stored, name: 'Other' })).toBe('duplicate');
    expect(await services.find(stored.resource)).toEqual(stored);
    expect(await services.find('https://orders.example')).toBeUndefined();

    const changed = service(stored.resource, {
      tokenFormat: 'opaque',
      tokenTtl: 60,
      introspectedBy: ['api'],
      detailsTypes: [
        {
          type: 'https://orders.example/v1.0/$refund',
          description: 'Give money back, once',
          fields: [
            { name: 'actions', kind: 'list', required: true, allowed: ['refund'] },
            { name: 'amount', label: 'Amount', kind: 'number', allowed: [1.5, 2] },
          ],
        },
      ],
    });
    expect(await services.update(changed)).toBe('updated');
    expect(await services.find(stored.resource)).toEqual({ ...changed, version: 2 });

    expect(await services.remove(stored.resource)).toBe(true);
    expect(await services.remove(stored.resource)).toBe(false);
    expect(await services.update(changed)).toBe('missing');
    expect(await services.find(stored.resource)).toBeUndefined();
  });

  test('of 100 parallel creations exactly one succeeds', async () => {
    const { store } = await open();
    const tries = Array.from({ length: 100 }, () => store.services.create(service('urn:orders')));
    expect((await Promise.all(tries)).filter((result) => result === 'created')).toHaveLength(1);
  });

  test('an update wants the version that was read', async () => {
    const { store, openAnother } = await open();
    const other = await openAnother();
    const { services } = store;
    await services.create(service('urn:orders'));
    const changed = service('urn:orders', { tokenTtl: 60 });
    const tries = Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? store : other).services.update(changed),
    );
    const results = await Promise.all(tries);
    expect(results.filter((result) => result === 'updated')).toHaveLength(1);
    expect(results.filter((result) => result === 'stale')).toHaveLength(19);
    expect(await services.find('urn:orders')).toEqual({ ...changed, version: 2 });
    expect(await services.update({ ...changed, version: 3 })).toBe('stale');
    expect(await services.update({ ...changed, version: 2 })).toBe('updated');
  });

  test('listed in order of resource', async () => {
    const { store } = await open();
    expect(await store.services.list()).toEqual([]);
    for (const resource of ['urn:c', 'urn:a', 'urn:b']) await store.services.create(service(resource));
    expect(await store.services.list()).toEqual([service('urn:a'), service('urn:b'), service('urn:c')]);
  });
});
