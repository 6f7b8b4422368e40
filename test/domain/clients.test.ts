import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider from 'oidc-provider';

import { openSqlite } from '../../adapters/sqlite/open-sqlite.js';
import { matchesLiveSecret } from '../../src/domain/client-secrets.js';
import { createClients, type Clients, type NewClient } from '../../src/domain/clients.js';
import { createVault } from '../../src/domain/vault.js';
import { RejectedError } from '../../src/domain/faults.js';
import { createServices } from '../../src/domain/services.js';
import type { Store } from '../../src/store/store.js';

let now: number;
let store: Store;
let clients: Clients;
const clock = () => now;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 24);
  store = await openSqlite({ file: ':memory:', clock });
  await store.migrate();
  clients = createClients({
    store,
    clock,
    vault: createVault(new Uint8Array(32)),
    limits: { responseTypes: ['code'], clientCertificates: 'none' },
  });
});
afterEach(() => store.close());

const web = {
  kind: 'web',
  name: 'Orders',
  redirectUris: ['https://orders.example.com/cb'],
} satisfies NewClient;

async function faultsOf(promise: Promise<unknown>): Promise<string[]> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RejectedError);
  return (error as RejectedError).faults.map(({ field }) => field);
}

/** Settings that oidc-provider does not know of. */
const ours = new Set(['require_pkce', 'auth_method_pinned']);

describe('the metadata of a client', () => {
  let signingKey: JWK;
  beforeAll(async () => {
    signingKey = await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey);
  });

  const uris = ['https://app.example.com/cb'];
  const full: Partial<NewClient> = {
    postLogoutRedirectUris: ['https://app.example.com/'],
    clientUri: 'https://app.example.com/about',
    logoUri: 'https://app.example.com/logo.svg',
    policyUri: 'https://app.example.com/privacy',
    tosUri: 'https://app.example.com/terms',
    contacts: ['ops@example.com'],
    backchannelLogoutUri: 'https://app.example.com/logout',
    initiateLoginUri: 'https://app.example.com/login',
    scope: 'openid profile offline_access',
  };

  test.each<[string, NewClient]>([
    ['web', { kind: 'web', name: 'A', redirectUris: uris, ...full, authMethod: 'client_secret_post' }],
    ['spa', { kind: 'spa', name: 'A', redirectUris: ['http://localhost:5173/'], ...full }],
    ['native', { kind: 'native', name: 'A', redirectUris: ['com.example.app:/cb', 'http://127.0.0.1/cb'] }],
    [
      'confidential native',
      { kind: 'native', confidential: true, name: 'A', redirectUris: ['http://127.0.0.1/cb'] },
    ],
    ['service', { kind: 'service', name: 'A' }],
    ['api', { kind: 'api', name: 'A' }],
  ])('of a %s is what oidc-provider accepts', async (_kind, given) => {
    const { client } = await clients.add(given);
    const record = { ...client.metadata, client_id: client.id, client_secret: client.secrets[0]?.hash };
    const provider = new Provider('https://id.example.com', {
      scopes: ['openid', 'offline_access', 'profile', 'email', 'address', 'phone'],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => false },
        backchannelLogout: { enabled: true },
      },
      adapter: () => ({ find: async () => record }) as never,
      jwks: { keys: [signingKey] },
    });
    const accepted = (await provider.Client.find(client.id))!.metadata() as Record<string, unknown>;
    const standard = Object.entries(client.metadata).filter(([name]) => !ours.has(name));
    expect(accepted).toMatchObject(Object.fromEntries(standard));
  });
});

describe('the rules for a client', () => {
  test('say everything that is wrong at once', async () => {
    const given: NewClient = {
      kind: 'spa',
      id: 'a b',
      name: 'Pay\u202epal',
      redirectUris: ['http://app.example.com/cb'],
      postLogoutRedirectUris: ['javascript:alert(1)'],
      logoUri: 'http://192.168.0.1/logo.png',
      contacts: ['nobody'],
      scope: 'openid orders:read',
      resources: ['no uri'],
      confidential: true,
      requirePkce: false,
      authMethod: 'client_secret_post',
      introspectAll: true,
    };
    expect((await faultsOf(clients.add(given))).join(' ')).toBe(
      'id confidential name redirectUris postLogoutRedirectUris logoUri contacts scope resources ' +
        'requirePkce authMethod introspectAll resources',
    );
    expect((await clients.list({ limit: 10 })).clients).toEqual([]);
  });

  test('hold for a change as they do for a new client, and a refused change changes nothing', async () => {
    const { client } = await clients.add(web);
    const change = clients.update(client.id, {
      redirectUris: ['https://x@evil.example/'],
      name: 'New',
      tosUri: 'x',
    });
    expect(await faultsOf(change)).toEqual(['redirectUris', 'tosUri']);
    expect(await faultsOf(clients.update(client.id, { redirectUris: null }))).toEqual(['redirectUris']);
    expect(await faultsOf(clients.update(client.id, { name: null }))).toEqual(['name']);
    expect(await faultsOf(clients.update(client.id, { resources: ['https://unknown.example'] }))).toEqual([
      'resources',
    ]);
    expect(await clients.find(client.id)).toEqual(client);

    const { client: spa } = await clients.add({ ...web, kind: 'spa' });
    expect(await faultsOf(clients.update(spa.id, { requirePkce: false }))).toEqual(['requirePkce']);
  });

  test('keep a client from passing for a person, or for another client', async () => {
    const id = 'wsbzsjt9glU0zeAcbEmZkA';
    const user = {
      id,
      emailVerified: false,
      profile: {},
      roles: [],
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    await store.users.create(user);
    expect(await faultsOf(clients.add({ ...web, id }))).toEqual(['id']);
    await clients.add({ ...web, id: 'orders' });
    expect(await faultsOf(clients.add({ ...web, id: 'orders' }))).toEqual(['id']);
  });
});

describe('changes to a client', () => {
  test('leave what is not named, and take away what is null', async () => {
    const { client } = await clients.add({
      ...web,
      tosUri: 'https://orders.example.com/terms',
      firstParty: true,
    });
    now += 1000;
    const { client: changed } = await clients.update(client.id, {
      name: 'Orders 2',
      tosUri: null,
      requirePkce: false,
    });
    const { tos_uri: _, ...metadata } = client.metadata;
    expect(changed).toEqual({
      ...client,
      metadata: { ...metadata, client_name: 'Orders 2', require_pkce: false },
      updatedAt: now,
      version: 2,
    });
    expect(await clients.find(client.id)).toEqual(changed);
  });

  test('that are made at the same time are all kept', async () => {
    const { client } = await clients.add(web);
    const field = ['tosUri', 'policyUri', 'logoUri', 'clientUri'] as const;
    await Promise.all(
      field.map((name) => clients.update(client.id, { [name]: `https://orders.example.com/${name}` })),
    );
    expect((await clients.find(client.id))!.metadata).toMatchObject({
      tos_uri: 'https://orders.example.com/tosUri',
      policy_uri: 'https://orders.example.com/policyUri',
      logo_uri: 'https://orders.example.com/logoUri',
      client_uri: 'https://orders.example.com/clientUri',
    });
  });

  test('that remove it take its tokens and consents along, and its right to introspect', async () => {
    const resource = 'https://api.example.com/orders';
    const { client } = await clients.add({ kind: 'api', name: 'Orders API', service: { resource } });
    await store.artifacts.create({ model: 'ClientCredentials', key: 'k', payload: {}, clientId: client.id });
    await store.consents.add({
      accountId: 'anna',
      clientId: client.id,
      scopes: [],
      claims: [],
      resources: {},
      updatedAt: now,
    });
    expect(await clients.remove(client.id)).toBe(true);
    expect(await clients.find(client.id)).toBeUndefined();
    expect(await store.artifacts.find('k')).toBeUndefined();
    expect(await store.consents.find('anna', client.id)).toBeUndefined();
    expect(await store.services.find(resource)).toMatchObject({ introspectedBy: [] });
    expect(await clients.remove(client.id)).toBe(false);
  });
});

describe('the secrets of a client', () => {
  const isLive = async (id: string, secret: string) =>
    matchesLiveSecret((await clients.find(id))!.secrets, secret, clock());

  test('are random, unreserved characters only, and stored as hashes', async () => {
    const { client, secret } = await clients.add(web);
    expect(secret).toMatch(/^ghs_[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(client)).not.toContain(secret);
    expect(await isLive(client.id, secret!)).toBe(true);
    expect(await isLive(client.id, `${secret}x`)).toBe(false);
    expect(await isLive(client.id, client.secrets[0]!.hash)).toBe(false);
    expect(await isLive(client.id, '')).toBe(false);
  });

  test('overlap while they rotate: two are live until the overlap ends, never three', async () => {
    const { client, secret: first } = await clients.add(web);
    const { secret: second, previousUntil } = await clients.rotateSecret(client.id, { overlapSeconds: 60 });
    expect(previousUntil).toBe(now + 60_000);
    expect([await isLive(client.id, first!), await isLive(client.id, second)]).toEqual([true, true]);

    const rotated = await clients.rotateSecret(client.id, { overlapSeconds: 3600, endOlder: true });
    const { secret: third } = rotated;
    expect([await isLive(client.id, first!), await isLive(client.id, second)]).toEqual([false, true]);

    now += 3_600_000;
    expect([await isLive(client.id, second), await isLive(client.id, third)]).toEqual([false, true]);
  });

  test('keep a promise: no third one is made while two are live, unless the older may end', async () => {
    const { client, secret: first } = await clients.add(web);
    await clients.rotateSecret(client.id, { overlapSeconds: 3600 });
    const before = await clients.find(client.id);
    for (const overlapSeconds of [60, 0]) {
      const third = clients.rotateSecret(client.id, { overlapSeconds });
      await expect(third).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('until 2026-11-24 01:00 UTC'),
      });
    }
    expect(await clients.find(client.id)).toEqual(before);
    expect(await isLive(client.id, first!)).toBe(true);

    now += 3_600_000;
    await clients.rotateSecret(client.id, { overlapSeconds: 60 });
  });

  test('end at once without an overlap', async () => {
    const { client, secret: first } = await clients.add(web);
    const rotated = await clients.rotateSecret(client.id, { overlapSeconds: 0 });
    expect(rotated).not.toHaveProperty('previousUntil');
    expect([await isLive(client.id, first!), await isLive(client.id, rotated.secret)]).toEqual([false, true]);
    expect(await faultsOf(clients.rotateSecret(client.id, { overlapSeconds: 1e9 }))).toEqual([
      'overlapSeconds',
    ]);
  });

  test('that are rotated at the same time leave two live ones', async () => {
    const { client } = await clients.add(web);
    const rotate = () => clients.rotateSecret(client.id, { overlapSeconds: 60, endOlder: true });
    const rotated = await Promise.all(Array.from({ length: 5 }, rotate));
    const live = await Promise.all(rotated.map(({ secret }) => isLive(client.id, secret)));
    expect(live.filter(Boolean)).toHaveLength(2);
    expect((await clients.find(client.id))!.secrets).toHaveLength(2);
  });
});

describe('a service', () => {
  const resource = 'https://api.example.com/orders';
  const scopes = [{ name: 'orders:read', description: 'See your orders' }];

  test('comes with the client that is its API; a second one adds new scopes, and says what stands', async () => {
    const { client } = await clients.add({ kind: 'api', name: 'Orders API', service: { resource, scopes } });
    const more = [...scopes, { name: 'orders:write', description: 'Order' }];
    const added = await clients.add({
      kind: 'api',
      name: 'Orders API 2',
      service: { resource, scopes: more },
    });
    expect(added.notes).toEqual([
      expect.stringContaining('(Orders API, jwt tokens) stood already'),
      'The service has new scopes: orders:write.',
    ]);
    expect(await store.services.find(resource)).toMatchObject({
      name: 'Orders API',
      scopes: more,
      tokenFormat: 'jwt',
      introspectedBy: [client.id, added.client.id],
    });
    const { client: caller } = await clients.add({ kind: 'service', name: 'Job', resources: [resource] });
    expect(caller.metadata['resources']).toEqual([resource]);
  });

  test('that stands is not changed by another client of it: neither its format, name, life nor words', async () => {
    await clients.add({ kind: 'api', name: 'Orders API', service: { resource, scopes } });
    const before = await store.services.find(resource);
    const reworded = [{ name: 'orders:read', description: 'See orders' }];
    const other = { tokenFormat: 'opaque', name: 'Else', tokenTtl: 60, tokenAlg: 'ES256' } as const;
    const change = clients.add({
      kind: 'api',
      name: 'Second',
      service: { resource, ...other, scopes: reworded },
    });
    await expect(change).rejects.toMatchObject({
      faults: [
        { field: 'serviceName', reason: expect.stringContaining('its name is Orders API') },
        { field: 'tokenFormat', reason: expect.stringContaining('is jwt. To change it') },
        { field: 'tokenTtl', reason: expect.stringContaining("the server's") },
        { field: 'tokenAlg', reason: expect.stringContaining("the server's") },
        { field: 'scopes', reason: expect.stringContaining('orders:read says "See your orders"') },
      ],
    });
    expect(await store.services.find(resource)).toEqual(before);
    expect((await clients.list({ limit: 10 })).clients).toHaveLength(1);
  });

  test('that breaks a rule is refused, and its client with it', async () => {
    const bad = [
      { name: 'openid', description: 'x' },
      { name: 'two words', description: '' },
    ];
    const service = { resource: '/orders', scopes: bad, tokenTtl: 5, tokenAlg: 'none' };
    expect(await faultsOf(clients.add({ kind: 'api', name: 'Orders API', service }))).toEqual([
      'resource',
      'scopes',
      'scopes',
      'scopes',
      'tokenTtl',
      'tokenAlg',
    ]);
    expect((await clients.list({ limit: 10 })).clients).toEqual([]);
    expect(await faultsOf(clients.add({ ...web, service: { resource } }))).toEqual(['resource']);
  });

  test('is judged by the same rules when it changes', async () => {
    const services = createServices({ store, clock });
    await services.add(resource, { name: 'Orders', scopes });
    expect(await faultsOf(services.update(resource, { tokenTtl: 1 }))).toEqual(['tokenTtl']);
    expect(await services.update(resource, { tokenTtl: 300 })).toMatchObject({
      name: 'Orders',
      scopes,
      tokenTtl: 300,
    });
    await expect(services.add(resource, { name: 'Again' })).rejects.toMatchObject({ code: 'duplicate' });
    await expect(services.update('urn:none', { name: 'X' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
