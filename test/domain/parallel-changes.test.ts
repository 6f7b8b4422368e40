import { describe, expect, test } from '@jest/globals';
import { createClients } from '../../src/domain/clients.js';
import { createVault } from '../../src/domain/vault.js';
import { createServices } from '../../src/domain/services.js';
import { describeEachStore } from '../support/stores.js';

const resource = 'https://api.example.com/orders';
const numbers = Array.from({ length: 8 }, (_, index) => index);

describeEachStore('changes by two processes at once', (open) => {
  const openBoth = async () => {
    const { store, clock, openAnother } = await open();
    const ports = [store, await openAnother()];
    return {
      store,
      clients: ports.map((each) =>
        createClients({
          store: each,
          clock: clock.now,
          vault: createVault(new Uint8Array(32)),
          limits: { responseTypes: ['code'], clientCertificates: 'none' },
        }),
      ),
      services: ports.map((each) => createServices({ store: each, clock: clock.now })),
    };
  };

  describe('to a service', () => {
    test.each(['that is new', 'that is there'])('%s: what each one added is kept', async (which) => {
      const { store, services } = await openBoth();
      if (which === 'that is there') await services[0]!.add(resource, { name: 'Orders' });
      await Promise.all(
        numbers.map((n) =>
          services[n % 2]!.extend(resource, {
            name: 'Orders',
            scopes: [{ name: `orders:${n}`, description: `Part ${n}` }],
            introspectedBy: [`api-${n}`],
          }),
        ),
      );
      const service = (await store.services.find(resource))!;
      expect(service.scopes.map(({ name }) => name).toSorted()).toEqual(numbers.map((n) => `orders:${n}`));
      expect(service.introspectedBy.toSorted()).toEqual(numbers.map((n) => `api-${n}`));
    });

    test('of different settings are all kept', async () => {
      const { store, services } = await openBoth();
      await services[0]!.add(resource, { name: 'Orders' });
      await Promise.all([
        services[0]!.update(resource, { tokenTtl: 300 }),
        services[1]!.update(resource, { tokenFormat: 'opaque' }),
        services[0]!.update(resource, { name: 'Orders 2' }),
      ]);
      expect(await store.services.find(resource)).toMatchObject({
        name: 'Orders 2',
        tokenTtl: 300,
        tokenFormat: 'opaque',
      });
    });

    test('none of the clients that were removed may introspect afterwards', async () => {
      const { store, clients } = await openBoth();
      const api = (id: string) => ({ kind: 'api' as const, name: 'API', id, service: { resource } });
      for (const n of numbers) await clients[0]!.add(api(`api-${n}`));
      await Promise.all(numbers.slice(1).map((n) => clients[n % 2]!.remove(`api-${n}`)));
      expect(await store.services.find(resource)).toMatchObject({ introspectedBy: ['api-0'] });
    });
  });
});
