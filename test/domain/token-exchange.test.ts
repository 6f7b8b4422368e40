import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqlite } from '../../adapters/sqlite/open-sqlite.js';
import { settingsOf } from '../../src/domain/client-settings.js';
import { createClients, type Clients, type NewClient } from '../../src/domain/clients.js';
import { RejectedError } from '../../src/domain/faults.js';
import { createServices } from '../../src/domain/services.js';
import { exchangeGrant, type ExchangePolicy } from '../../src/domain/token-exchange.js';
import { createVault } from '../../src/domain/vault.js';
import type { Store } from '../../src/store/store.js';

const ORDERS = 'https://api.example.com/orders';
const STOCK = 'https://api.example.com/stock';

let store: Store;
let clients: Clients;
const clock = () => Date.UTC(2026, 10, 29);

beforeEach(async () => {
  store = await openSqlite({ file: ':memory:', clock });
  await store.migrate();
  const services = createServices({ store, clock });
  for (const resource of [ORDERS, STOCK]) await services.add(resource, { name: 'API' });
  const vault = createVault(new Uint8Array(32));
  clients = createClients({ store, clock, vault, limits: { responseTypes: ['code'] } });
});
afterEach(() => store.close());

const policy: ExchangePolicy = { audiences: [ORDERS], targets: [STOCK] };
const add = (client: Partial<NewClient>) =>
  clients.add({ kind: 'service', name: 'Gateway', id: 'gateway', ...client });

async function faults(promise: Promise<unknown>): Promise<string[]> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RejectedError);
  return (error as RejectedError).faults.map(({ field, reason }) => `${field} ${reason}`);
}

describe('what a client may exchange (RFC 8693)', () => {
  test('is nothing unless it is said, and the grant comes and goes with the policy', async () => {
    const { client } = await add({});
    const grants = async () => (await clients.find('gateway'))?.metadata['grant_types'];
    expect(client.metadata['grant_types']).toEqual(['client_credentials']);
    await clients.update('gateway', { tokenExchange: policy });
    expect(await grants()).toEqual(['client_credentials', exchangeGrant]);
    await clients.update('gateway', { name: 'Another name' });
    expect(await grants()).toEqual(['client_credentials', exchangeGrant]);
    await clients.update('gateway', { tokenExchange: null });
    expect(await grants()).toEqual(['client_credentials']);
  });

  test('is read back as it was said', async () => {
    const said = {
      tokenExchange: { ...policy, clients: ['gateway'], scopes: ['stock:read'], impersonation: true },
      mayAct: 'gateway',
    };
    const metadata = { grant_types: ['client_credentials'] };
    const { client } = await add({ kind: 'api', ...said, metadata });
    expect(settingsOf(client)).toMatchObject({ ...said, metadata });
    expect((await clients.update('gateway', { name: 'Other' })).client.metadata).toMatchObject({
      grant_types: ['client_credentials', exchangeGrant],
    });
  });

  test('the grant cannot be had without a policy', async () => {
    const metadata = { grant_types: [exchangeGrant] };
    expect(await faults(add({ metadata }))).toEqual([
      expect.stringContaining(`cannot hold ${exchangeGrant}`),
    ]);
  });

  test.each<[what: string, client: Partial<NewClient>, faults: string[]]>([
    [
      'by a client that anybody can pass for',
      { kind: 'spa', redirectUris: ['https://app.example.com/cb'], tokenExchange: policy },
      ['tokenExchange.targets needs a client with a secret'],
    ],
    [
      'to get tokens for no service',
      { tokenExchange: { audiences: [ORDERS], targets: [] } },
      ['tokenExchange.targets is missing'],
    ],
    [
      'of nobody',
      { tokenExchange: { targets: [STOCK] } },
      ['tokenExchange.clients is missing, or --exchange-as'],
    ],
    [
      'services that are not known',
      { tokenExchange: { audiences: ['urn:x:a'], targets: ['urn:x:b'] } },
      ['tokenExchange.audiences is no service', 'tokenExchange.targets is no service'],
    ],
    [
      'services that are no URI',
      { tokenExchange: { audiences: ['orders'], targets: [STOCK] } },
      ['tokenExchange.audiences is not an absolute URI', 'tokenExchange.audiences is no service'],
    ],
    [
      'tokens of an app that is not known',
      { tokenExchange: { clients: ['app'], targets: [STOCK] } },
      ['tokenExchange.clients is no client'],
    ],
    [
      'scopes that are of no service',
      { tokenExchange: { ...policy, scopes: ['openid', 'a b'] } },
      ['tokenExchange.scopes is no scope', 'tokenExchange.scopes is no scope'],
    ],
    ['somebody who may act and is not known', { mayAct: 'nobody' }, ['mayAct is no client']],
  ])('cannot be %s', async (_what, client, because) => {
    expect(await faults(add(client))).toEqual(because.map((reason) => expect.stringContaining(reason)));
  });

  test('stays as it is for other changes when a service that it names is gone', async () => {
    await add({ tokenExchange: policy });
    await createServices({ store, clock }).remove(STOCK);
    await clients.update('gateway', { name: 'Another name' });
    const tokenExchange = { ...policy, targets: [STOCK, 'urn:x:new'] };
    expect(await faults(clients.update('gateway', { tokenExchange }))).toHaveLength(1);
  });
});
