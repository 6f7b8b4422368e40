import { expect, test } from '@jest/globals';
import type { ConsentRecord } from '../../src/store/consents.js';
import { describeEachStore } from '../support/stores.js';

function consent(members: Partial<ConsentRecord> = {}): ConsentRecord {
  return {
    accountId: 'ann',
    clientId: 'shop',
    scopes: [],
    claims: [],
    resources: {},
    updatedAt: 1,
    ...members,
  };
}

describeEachStore('consents', (open) => {
  test('what was allowed is remembered for that user and that client', async () => {
    const { store } = await open();
    const given = consent({
      scopes: ['email', 'openid'],
      claims: ['picture'],
      resources: { 'urn:api': ['read'] },
    });
    await store.consents.add(given);
    expect(await store.consents.find('ann', 'shop')).toEqual(given);
    expect(await store.consents.find('ann', 'mail')).toBeUndefined();
    expect(await store.consents.find('bob', 'shop')).toBeUndefined();
    expect(await store.consents.find('shop', 'ann')).toBeUndefined();
  });

  test('later consents add to it', async () => {
    const { store } = await open();
    await store.consents.add(
      consent({ scopes: ['openid'], claims: ['picture'], resources: { a: ['read'], b: ['x'] } }),
    );
    await store.consents.add(
      consent({
        scopes: ['email', 'openid'],
        claims: ['name'],
        resources: { a: ['write'], c: [] },
        updatedAt: 2,
      }),
    );
    const found = (await store.consents.find('ann', 'shop'))!;
    expect(found).toMatchObject({ scopes: ['email', 'openid'], updatedAt: 2 });
    expect(found.claims.sort()).toEqual(['name', 'picture']);
    expect(found.resources['a']!.sort()).toEqual(['read', 'write']);
    expect(found.resources['b']).toEqual(['x']);
  });

  test('of 50 parallel additions none is lost', async () => {
    const { store } = await open();
    const names = Array.from({ length: 50 }, (_, index) => `s${String(index).padStart(2, '0')}`);
    await Promise.all(
      names.map((name) =>
        store.consents.add(consent({ scopes: [name], claims: [name], resources: { api: [name] } })),
      ),
    );
    const found = (await store.consents.find('ann', 'shop'))!;
    expect(found.scopes).toEqual(names);
    expect(found.claims.sort()).toEqual(names);
    expect(found.resources['api']!.sort()).toEqual(names);
  });

  test.each(['https://api.example.com/v1', 'a.b', '$where', '$', '__proto__', '"', 'urn:ünï'])(
    'a resource may be called %j',
    async (resource) => {
      const { store } = await open();
      await store.consents.add(consent({ resources: Object.fromEntries([[resource, ['read']]]) }));
      await store.consents.add(consent({ resources: Object.fromEntries([[resource, ['write']]]) }));
      const entries = Object.entries((await store.consents.find('ann', 'shop'))!.resources);
      expect(entries.map(([name, scopes]) => [name, scopes.sort()])).toEqual([[resource, ['read', 'write']]]);
    },
  );

  test('removed one by one, by user, by client', async () => {
    const { store } = await open();
    for (const accountId of ['ann', 'bob', 'cyd']) {
      for (const clientId of ['shop', 'mail']) await store.consents.add(consent({ accountId, clientId }));
    }
    const clientsOf = async (accountId: string) => {
      const found = await Promise.all(
        ['mail', 'shop', 'unknown'].map((clientId) => store.consents.find(accountId, clientId)),
      );
      return found.filter((consent) => consent !== undefined).map(({ clientId }) => clientId);
    };
    expect(await clientsOf('ann')).toEqual(['mail', 'shop']);
    expect(await clientsOf('eve')).toEqual([]);

    await store.consents.remove('ann', 'shop');
    await store.consents.remove('ann', 'unknown');
    expect(await clientsOf('ann')).toEqual(['mail']);

    await store.consents.removeAll({ accountId: 'bob' });
    expect(await clientsOf('bob')).toEqual([]);
    expect(await clientsOf('cyd')).toEqual(['mail', 'shop']);

    await store.consents.removeAll({ clientId: 'mail' });
    expect(await clientsOf('ann')).toEqual([]);
    expect(await clientsOf('cyd')).toEqual(['shop']);
  });
});
