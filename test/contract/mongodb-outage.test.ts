/** What the store's users see of a MongoDB server that is away: an error soon, and nothing more once it is back. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { openMongo } from '../../adapters/mongodb/open-mongo.js';
import { StoreUnavailableError, type Store } from '../../src/store/store.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

const serverUrl = process.env['TEST_MONGODB_URL'];
const LIMIT_MS = 3000;
const LATER = Date.now() + 600_000;

/** One call of every method that talks to the database. */
const CALLS: Record<string, (store: Store) => Promise<unknown>> = {
  'artifacts.create': ({ artifacts }) => artifacts.create({ model: 'Grant', key: 'new', payload: {} }),
  'artifacts.replace': ({ artifacts }) => artifacts.replace({ model: 'Grant', key: 'a', payload: {} }),
  'artifacts.swap': ({ artifacts }) =>
    artifacts.swap(
      { model: 'Grant', key: 'a', payload: {} },
      { model: 'Grant', key: 'a', payload: { b: 1 } },
    ),
  'artifacts.find': ({ artifacts }) => artifacts.find('a'),
  'artifacts.findByUserCode': ({ artifacts }) => artifacts.findByUserCode('c'),
  'artifacts.listByAccount': ({ artifacts }) =>
    artifacts.listByAccount({ model: 'M', accountId: 'a', limit: 1 }),
  'artifacts.consume': ({ artifacts }) => artifacts.consume('a'),
  'artifacts.remove': ({ artifacts }) => artifacts.remove('other'),
  'artifacts.revoke': ({ artifacts }) => artifacts.revoke({ grantId: 'g' }),
  'sessions.create': ({ sessions }) =>
    sessions.create({ uid: 'new', key: 'k', expiresAt: LATER, payload: {}, authorizations: {} }),
  'sessions.update': ({ sessions }) =>
    sessions.update({
      uid: 'u',
      expiresAt: LATER,
      set: {},
      unset: [],
      setAuthorizations: {},
      unsetAuthorizations: [],
    }),
  'sessions.findByKey': ({ sessions }) => sessions.findByKey('k'),
  'sessions.findByUid': ({ sessions }) => sessions.findByUid('u'),
  'sessions.listByAccount': ({ sessions }) => sessions.listByAccount('ann'),
  'sessions.end': ({ sessions }) => sessions.end('other'),
  'replays.remember': ({ replays }) => replays.remember('r', LATER),
  'consents.find': ({ consents }) => consents.find('ann', 'app'),
  'consents.add': ({ consents }) =>
    consents.add({ accountId: 'ann', clientId: 'app', scopes: [], claims: [], resources: {}, updatedAt: 1 }),
  'consents.remove': ({ consents }) => consents.remove('bob', 'app'),
  'consents.removeAll': ({ consents }) => consents.removeAll({ clientId: 'other' }),
  'users.create': ({ users }) =>
    users.create({
      id: 'new',
      emailVerified: false,
      profile: {},
      roles: [],
      createdAt: 1,
      updatedAt: 1,
      version: 1,
    }),
  'users.find': ({ users }) => users.find('ann'),
  'users.findByLogin': ({ users }) => users.findByLogin('ann'),
  'users.update': ({ users }) =>
    users.update({
      id: 'none',
      emailVerified: false,
      profile: {},
      roles: [],
      createdAt: 1,
      updatedAt: 1,
      version: 1,
    }),
  'users.remove': ({ users }) => users.remove('none'),
  'users.list': ({ users }) => users.list({ limit: 1 }),
  'users.someoneHasRole': ({ users }) => users.someoneHasRole('admin'),
  'clients.create': ({ clients }) =>
    clients.create({
      id: 'new',
      kind: 'web',
      metadata: {},
      secrets: [],
      createdAt: 1,
      updatedAt: 1,
      version: 1,
    }),
  'clients.find': ({ clients }) => clients.find('app'),
  'clients.update': ({ clients }) =>
    clients.update({
      id: 'none',
      kind: 'web',
      metadata: {},
      secrets: [],
      createdAt: 1,
      updatedAt: 1,
      version: 1,
    }),
  'clients.remove': ({ clients }) => clients.remove('none'),
  'clients.listLapsed': ({ clients }) => clients.listLapsed(1),
  'clients.list': ({ clients }) => clients.list({ limit: 1 }),
  'services.create': ({ services }) => services.create(service('https://new.example')),
  'services.find': ({ services }) => services.find('https://api.example'),
  'services.update': ({ services }) => services.update(service('https://none.example')),
  'services.remove': ({ services }) => services.remove('https://none.example'),
  'services.list': ({ services }) => services.list(),
  'initialAccessTokens.create': ({ initialAccessTokens }) =>
    initialAccessTokens.create({
      id: 'i',
      key: 'k',
      name: 'n',
      quota: 1,
      left: 1,
      createdAt: 1,
      expiresAt: Date.now() + 60_000,
    }),
  'initialAccessTokens.find': ({ initialAccessTokens }) => initialAccessTokens.find('none'),
  'initialAccessTokens.spend': ({ initialAccessTokens }) => initialAccessTokens.spend('none'),
  'initialAccessTokens.remove': ({ initialAccessTokens }) => initialAccessTokens.remove('none'),
  'initialAccessTokens.list': ({ initialAccessTokens }) => initialAccessTokens.list(),
  'keys.create': ({ keys }) => keys.create({ id: 'new', purpose: 'cookie', sealed: 's', createdAt: 1 }),
  'keys.find': ({ keys }) => keys.find('cookie/1'),
  'keys.list': ({ keys }) => keys.list('cookie'),
  'keys.remove': ({ keys }) => keys.remove('none'),
  'links.create': ({ links }) =>
    links.create({ key: 'new', purpose: 'reset', createdAt: 1, expiresAt: LATER }),
  'links.find': ({ links }) => links.find('reset', 'l'),
  'links.consume': ({ links }) => links.consume('reset', 'none'),
  'links.removeAll': ({ links }) => links.removeAll('other'),
  'throttles.hit': ({ throttles }) => throttles.hit('t', 60_000),
  'throttles.peek': ({ throttles }) => throttles.peek('t'),
  'throttles.giveBack': ({ throttles }) => throttles.giveBack('t'),
  'logoutQueue.add': ({ logoutQueue }) =>
    logoutQueue.add([
      {
        id: randomBytes(8).toString('hex'),
        clientId: 'app',
        accountId: 'ann',
        createdAt: 1,
        dueAt: LATER,
        attempts: 0,
        expiresAt: LATER,
      },
    ]),
  'logoutQueue.claim': ({ logoutQueue }) => logoutQueue.claim(10, 1000),
  'logoutQueue.finish': ({ logoutQueue }) => logoutQueue.finish('none', 'delivered'),
  'logoutQueue.retry': ({ logoutQueue }) => logoutQueue.retry('none', LATER, 'refused'),
  'logoutQueue.list': ({ logoutQueue }) => logoutQueue.list({ limit: 1 }),
  'settings.get': ({ settings }) => settings.get('s'),
  'settings.put': ({ settings }) => settings.put('s', 1),
  'settings.putIfAbsent': ({ settings }) => settings.putIfAbsent('s', 1),
  migrate: (store) => store.migrate(),
  ping: (store) => store.ping(),
};

const describeWithServer = serverUrl === undefined ? describe.skip : describe;

describeWithServer('an outage of MongoDB [set TEST_MONGODB_URL]', () => {
  let cleanups: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
    cleanups = [];
  });

  /** A proxy before the server, and a URL that leads through it to a database of its own. */
  async function startServer(): Promise<{ proxy: TcpProxy; url: string }> {
    const url = new URL(serverUrl!);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 27017) });
    url.pathname = `/gatehouse_test_${randomBytes(6).toString('hex')}`;
    const direct = url.href;
    cleanups.push(async () => {
      const client = new MongoClient(direct);
      await client.db().dropDatabase();
      await client.close();
    });
    cleanups.push(() => proxy.close());
    url.host = `127.0.0.1:${proxy.port}`;
    // Else the driver asks a member of a replica set for the addresses of all, and the proxy is out of the way.
    url.searchParams.set('directConnection', 'true');
    return { proxy, url: url.href };
  }

  async function openStore(url: string): Promise<Store> {
    const store = await openMongo({ url });
    cleanups.push(() => store.close());
    await store.migrate();
    return store;
  }

  const outages: [string, (proxy: TcpProxy) => Promise<void>][] = [
    ['refuses connections', (proxy) => proxy.refuse()],
    ['does not answer any more', async (proxy) => proxy.freeze()],
  ];

  describe.each(outages)('when the server %s', (_, takeAway) => {
    test('a store cannot be opened, and says so soon', async () => {
      const { proxy, url } = await startServer();
      await takeAway(proxy);
      const withPassword = url.replace('//', '//ann:s3cret@');
      const { message } = await expectUnavailableSoon(() => openMongo({ url: withPassword }));
      expect(message).not.toContain('s3cret');
    });

    test('every call is rejected soon, and works by itself once the server is back', async () => {
      const { proxy, url } = await startServer();
      const store = await openStore(url);
      await store.users.create({
        id: 'ann',
        emailVerified: true,
        profile: { name: 'Ann' },
        roles: [],
        createdAt: 1,
        updatedAt: 1,
        version: 1,
      });

      await takeAway(proxy);
      // Twice: at first the driver still trusts its connections, later it knows that they are gone.
      for (let round = 0; round < 2; round++) {
        await Promise.all(Object.values(CALLS).map((call) => expectUnavailableSoon(() => call(store))));
      }

      await proxy.resume();
      expect(await store.users.find('ann')).toMatchObject({ profile: { name: 'Ann' } });
      for (const call of Object.values(CALLS)) await call(store);
    }, 30_000);

    test('what had been acknowledged is there afterwards, in a new process too', async () => {
      const { proxy, url } = await startServer();
      const store = await openStore(url);
      await store.artifacts.create({ model: 'AuthorizationCode', key: 'code', payload: {} });
      expect(await store.artifacts.consume('code')).toEqual({ won: true });

      await takeAway(proxy);
      await expectUnavailableSoon(() => store.artifacts.consume('code'));
      await proxy.resume();

      const other = await openStore(url);
      expect(await other.artifacts.consume('code')).toMatchObject({ won: false });
    }, 30_000);
  });

  test('a call of several steps is no exception when each of them takes long', async () => {
    const { proxy, url } = await startServer();
    const store = await openStore(url);
    const grant = { model: 'Grant', key: 'g', payload: {} };
    await store.artifacts.create(grant);

    proxy.slowDown(700);
    await store.artifacts.find('g');
    await expectUnavailableSoon(() => store.artifacts.create(grant));
  }, 30_000);

  test('from a slow server a claim returns what it has got in time', async () => {
    const { proxy, url } = await startServer();
    const store = await openStore(url);
    const waiting = Array.from({ length: 10 }, (_, number) => ({
      id: `d${number}`,
      clientId: 'app',
      accountId: 'ann',
      createdAt: 1,
      dueAt: number,
      attempts: 0,
      expiresAt: LATER,
    }));
    await store.logoutQueue.add(waiting);

    proxy.slowDown(400);
    const some = await store.logoutQueue.claim(10, 60_000);
    await proxy.resume();
    const others = await store.logoutQueue.claim(10, 60_000);
    expect(others).not.toEqual([]);
    expect([...some, ...others].map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
  }, 30_000);

  test('the calls tried above are all that the store has', async () => {
    const { url } = await startServer();
    const store = await openStore(url);
    const methods = Object.entries(store).flatMap(([name, member]) =>
      typeof member === 'object'
        ? Object.keys(member as object).map((method) => `${name}.${method}`)
        : [name],
    );
    // Neither of them asks the database for anything.
    expect(methods.filter((name) => name !== 'close' && name !== 'sweep').sort()).toEqual(
      Object.keys(CALLS).sort(),
    );
  });

  test('closing finishes what is under way and lets nothing in any more', async () => {
    const { url } = await startServer();
    const store = await openStore(url);
    const underWay = Array.from({ length: 200 }, (_, number) => store.settings.put(`s${number}`, number));
    const closing = store.close();
    await expect(store.settings.get('s0')).rejects.toThrow(StoreUnavailableError);
    await Promise.all(underWay);
    await closing;

    const other = await openStore(url);
    expect(await other.settings.get('s199')).toBe(199);
  });
});

function service(resource: string) {
  return {
    resource,
    name: 'API',
    scopes: [],
    tokenFormat: 'jwt' as const,
    introspectedBy: [],
    createdAt: 1,
    updatedAt: 1,
    version: 1,
  };
}

async function expectUnavailableSoon(call: () => Promise<unknown>): Promise<StoreUnavailableError> {
  const start = performance.now();
  const error = await call().catch((reason: unknown) => reason);
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  expect(error).toBeInstanceOf(StoreUnavailableError);
  return error as StoreUnavailableError;
}
