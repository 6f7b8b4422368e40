import { expect, test } from '@jest/globals';
import { createClients } from '../../src/domain/clients.js';
import { createVault } from '../../src/domain/vault.js';
import { describeEachStore } from '../support/stores.js';

describeEachStore('what a removed client leaves', (open) => {
  test('is nothing, also of a token request that was in flight', async () => {
    const { store, clock, openAnother } = await open();
    const other = await openAnother();
    const record = { clientId: 'job', payload: {}, expiresAt: clock.now() + 60_000 };
    const consent = { clientId: 'job', scopes: [], claims: [], resources: {}, updatedAt: 1 };
    let inFlight: Promise<unknown> | undefined;
    const revoke: typeof store.artifacts.revoke = async (filter) => {
      expect(await store.clients.find('job')).toBeUndefined();
      const revoked = await store.artifacts.revoke(filter);
      // Another process had found the client before it was removed.
      await (inFlight ??= other.artifacts.create({ model: 'AccessToken', key: 'late', ...record }));
      return revoked;
    };
    const clients = createClients({
      store: { ...store, artifacts: { ...store.artifacts, revoke } },
      clock: clock.now,
      vault: createVault(new Uint8Array(32)),
      limits: { responseTypes: ['code'], clientCertificates: 'none' },
    });
    await clients.add({ kind: 'service', name: 'Job', id: 'job' });
    await store.artifacts.create({ model: 'AccessToken', key: 'early', ...record });
    await store.consents.add({ accountId: 'ann', ...consent });

    expect(await clients.remove('job')).toBe(true);
    expect(inFlight).toBeDefined();
    expect(await store.artifacts.find('early')).toBeUndefined();
    expect(await store.artifacts.find('late')).toBeUndefined();
    expect(await store.consents.find('ann', 'job')).toBeUndefined();
    expect(await clients.remove('job')).toBe(false);
  });
});
