import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../src/store/store.js';
import { describeContract } from '../support/stores.js';

const MINUTE = 60_000;

describeContract('store', (open) => {
  test('answers a ping', async () => {
    const { store } = await open();
    await expect(store.ping()).resolves.toBeUndefined();
  });

  test('migrations run once, however many processes start at once', async () => {
    const { store, openAnother } = await open();
    const applied = await store.migrate();
    expect(applied.length).toBeGreaterThan(0);
    expect(applied.map(({ number }) => number)).toEqual(applied.map((_, index) => index + 1));
    expect(applied.every(({ name, appliedAt }) => name !== '' && appliedAt !== undefined)).toBe(true);

    await store.settings.put('kept', true);
    const others = await Promise.all([openAnother(), openAnother()]);
    const again = await Promise.all([...others, store].map((each) => each.migrate()));
    expect(again).toEqual([applied, applied, applied]);
    expect(await store.settings.get('kept')).toBe(true);
  });

  test('after close every call rejects, and closing again is no error', async () => {
    const { store } = await open();
    const written = store.settings.put('written', 'before');
    await store.close();
    await expect(written).resolves.toBeUndefined();
    await expect(store.settings.get('written')).rejects.toThrow(StoreUnavailableError);
    await expect(store.settings.put('written', 'after')).rejects.toThrow(StoreUnavailableError);
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError);
    await expect(store.close()).resolves.toBeUndefined();
  });

  test('close waits for what is under way', async () => {
    const { store, openAnother } = await open();
    const names = Array.from({ length: 100 }, (_, index) => `name-${index}`);
    const writes = Promise.all(names.map((name) => store.settings.put(name, name)));
    await store.close();
    await writes;
    const other = await openAnother();
    expect(await Promise.all(names.map((name) => other.settings.get(name)))).toEqual(names);
  });

  describe('a write that fails', () => {
    test('harms none of those beside it, and the store goes on', async () => {
      const { store } = await open();
      const invalid = {
        get boom(): string {
          throw new RangeError('boom');
        },
      };
      const results = await Promise.allSettled([
        store.settings.put('a', 1),
        store.clients.create({
          id: 'c',
          kind: 'web',
          metadata: {},
          secrets: [],
          createdAt: 1,
          updatedAt: 1,
          version: 1,
        }),
        store.settings.put('b', invalid),
        store.clients.create({
          id: 'c',
          kind: 'spa',
          metadata: {},
          secrets: [],
          createdAt: 1,
          updatedAt: 1,
          version: 1,
        }),
        store.throttles.hit('t', 1000),
        store.settings.put('c', 3),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
        'fulfilled',
      ]);
      expect(results[2]).toMatchObject({ reason: { message: 'boom' } });
      expect(await store.settings.get('a')).toBe(1);
      expect(await store.settings.get('b')).toBeUndefined();
      expect(await store.settings.get('c')).toBe(3);
      // Which of the two was first is nobody's promise; that one was, and stands there, is.
      const verdicts = [results[1], results[3]].map((result) => (result as { value?: unknown }).value);
      expect(verdicts.toSorted()).toEqual(['created', 'duplicate']);
      const kind = verdicts[0] === 'created' ? 'web' : 'spa';
      expect(await store.clients.find('c')).toMatchObject({ kind });
      expect(await store.throttles.hit('t', 1000)).toMatchObject({ count: 2 });
    });
  });

  describe('two connections act as one', () => {
    test('what one wrote the other reads at once', async () => {
      const { store, clock, openAnother } = await open();
      const other = await openAnother();
      const expiresAt = clock.now() + MINUTE;
      await store.sessions.create({ uid: 'u', key: 'k', expiresAt, payload: {}, authorizations: {} });
      expect(await other.sessions.findByKey('k')).toBeDefined();
      await other.sessions.end('u');
      expect(await store.sessions.findByKey('k')).toBeUndefined();
    });

    test('one-time things are one-time across both', async () => {
      const { store, clock, openAnother } = await open();
      const both = [store, await openAnother()];
      const expiresAt = clock.now() + MINUTE;
      await store.artifacts.create({ model: 'AuthorizationCode', key: 'code', payload: {}, expiresAt });
      await store.links.create({ key: 'link', purpose: 'reset', createdAt: clock.now(), expiresAt });
      await store.sessions.create({ uid: 'u', key: 'k', expiresAt, payload: {}, authorizations: {} });
      const winners = async (attempt: (each: typeof store) => Promise<boolean>) => {
        const tries = Array.from({ length: 50 }, () => both.map(attempt)).flat();
        return (await Promise.all(tries)).filter(Boolean).length;
      };
      expect(
        await Promise.all([
          winners(async (each) => (await each.artifacts.consume('code')).won),
          winners(async (each) => (await each.links.consume('reset', 'link')) !== undefined),
          winners((each) => each.replays.remember('jti', expiresAt)),
          winners(async (each) => (await each.sessions.end('u')) !== undefined),
          winners((each) => each.keys.create({ id: 'k', purpose: 'p', sealed: 's', createdAt: 1 })),
        ]),
      ).toEqual([1, 1, 1, 1, 1]);
    });

    test('no hit and no consent is lost', async () => {
      const { store, openAnother } = await open();
      const other = await openAnother();
      const scopes = Array.from({ length: 40 }, (_, index) => `s${String(index).padStart(2, '0')}`);
      await Promise.all(
        scopes.flatMap((scope, index) => {
          const each = index % 2 ? store : other;
          const consent = {
            accountId: 'a',
            clientId: 'c',
            scopes: [scope],
            claims: [],
            resources: {},
            updatedAt: 1,
          };
          return [each.throttles.hit('t', MINUTE), each.consents.add(consent)];
        }),
      );
      expect(await store.throttles.peek('t')).toMatchObject({ count: 40 });
      expect((await other.consents.find('a', 'c'))!.scopes).toEqual(scopes);
    });
  });

  test('a sweep takes nothing that is alive', async () => {
    const { store, clock } = await open();
    const soon = clock.now() + 1000;
    const late = clock.now() + MINUTE;
    for (const [name, expiresAt] of [
      ['soon', soon],
      ['late', late],
    ] as const) {
      await store.artifacts.create({ model: 'M', key: name, payload: {}, expiresAt });
      await store.sessions.create({ uid: name, key: name, expiresAt, payload: {}, authorizations: {} });
      await store.replays.remember(name, expiresAt);
      await store.links.create({ key: name, purpose: 'p', createdAt: clock.now(), expiresAt });
      await store.throttles.hit(name, expiresAt - clock.now());
    }
    await store.artifacts.create({ model: 'Grant', key: 'for ever', payload: {} });
    clock.advance(1000);
    await store.sweep(1000);
    expect(await store.artifacts.find('late')).toBeDefined();
    expect(await store.artifacts.find('for ever')).toBeDefined();
    expect(await store.sessions.findByUid('late')).toBeDefined();
    expect(await store.replays.remember('late', late)).toBe(false);
    expect(await store.links.find('p', 'late')).toBeDefined();
    expect(await store.throttles.peek('late')).toMatchObject({ count: 1 });
    expect(await store.artifacts.find('soon')).toBeUndefined();
  });

  test('every port has a contract', async () => {
    const { store } = await open();
    const ports = Object.entries(store).flatMap(([name, member]) =>
      typeof member === 'object' ? [name] : [],
    );
    const folder = new URL('./', import.meta.url);
    const suites = readdirSync(folder)
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const described = suites.flatMap((suite) => /^describeContract\('(\w+)'/m.exec(suite)?.[1] ?? []);
    expect(described.toSorted()).toEqual([...ports, 'store'].toSorted());
  });
});
