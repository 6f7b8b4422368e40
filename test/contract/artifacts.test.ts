import { describe, expect, test } from '@jest/globals';
import type { Artifact } from '../../src/store/artifacts.js';
import { describeContract } from '../support/stores.js';

const MINUTE = 60_000;

function artifact(members: Partial<Artifact> = {}): Artifact {
  return { model: 'RefreshToken', key: 'key-1', payload: { jti: 'a' }, ...members };
}

describeContract('artifacts', (open) => {
  describe('create, find, replace, remove', () => {
    test('what was stored is found as it was', async () => {
      const { store, clock } = await open();
      const stored = artifact({
        payload: { kind: 'DeviceCode', nested: { list: [1, 'two', null, { three: 3 }] }, flag: false },
        grantId: 'grant',
        accountId: 'account',
        clientId: 'client',
        userCode: 'user-code',
        expiresAt: clock.now() + MINUTE,
      });
      await store.artifacts.create(stored);
      expect(await store.artifacts.find('key-1')).toEqual(stored);
      expect(await store.artifacts.findByUserCode('user-code')).toEqual(stored);
      expect(await store.artifacts.find('key-2')).toBeUndefined();
      expect(await store.artifacts.findByUserCode('key-1')).toBeUndefined();
    });

    test('what the store returns and what it was given are not held on to', async () => {
      const { store } = await open();
      const given = artifact({ payload: { list: ['a'] } });
      await store.artifacts.create(given);
      (given.payload['list'] as string[]).push('b');
      const first = await store.artifacts.find('key-1');
      (first!.payload['list'] as string[]).push('c');
      expect((await store.artifacts.find('key-1'))!.payload).toEqual({ list: ['a'] });
    });

    test('create replaces what stands under the key, members that are no longer there included', async () => {
      const { store } = await open();
      await store.artifacts.create(artifact({ grantId: 'old', userCode: 'code', payload: { old: true } }));
      await store.artifacts.create(artifact({ grantId: 'new', payload: { new: true } }));
      expect(await store.artifacts.find('key-1')).toEqual(
        artifact({ grantId: 'new', payload: { new: true } }),
      );
      expect(await store.artifacts.findByUserCode('code')).toBeUndefined();
      expect(await store.artifacts.revoke({ grantId: 'old' })).toBe(0);
    });

    test('replace changes what is there, and writes nothing where nothing is', async () => {
      const { store, clock } = await open();
      expect(await store.artifacts.replace(artifact())).toBe(false);
      expect(await store.artifacts.find('key-1')).toBeUndefined();

      await store.artifacts.create(artifact({ expiresAt: clock.now() + MINUTE }));
      const longer = artifact({ payload: { jti: 'b' }, expiresAt: clock.now() + 2 * MINUTE });
      expect(await store.artifacts.replace(longer)).toBe(true);
      expect(await store.artifacts.find('key-1')).toEqual(longer);

      clock.advance(2 * MINUTE);
      expect(await store.artifacts.replace(longer)).toBe(false);
    });

    test('swap changes what is still as it was read, what has been used up among it, and nothing else', async () => {
      const { store, clock } = await open();
      const before = artifact({ payload: { text: 'ü"\\\u0001', list: [1.5, null] }, userCode: 'code' });
      expect(await store.artifacts.swap(before, before)).toBe(false);

      await store.artifacts.create({ ...before, expiresAt: clock.now() + MINUTE });
      await store.artifacts.consume('key-1');
      const read = (await store.artifacts.find('key-1'))!;
      const after = artifact({
        payload: { list: [] },
        accountId: 'account',
        expiresAt: clock.now() + MINUTE,
      });
      expect(await store.artifacts.swap(artifact({ payload: { other: true } }), after)).toBe(false);
      expect(await store.artifacts.swap(read, after)).toBe(true);
      expect(await store.artifacts.swap(read, before)).toBe(false);
      expect(await store.artifacts.find('key-1')).toEqual({ ...after, consumedAt: read.consumedAt });
      expect(await store.artifacts.findByUserCode('code')).toBeUndefined();

      clock.advance(MINUTE);
      expect(await store.artifacts.swap(after, before)).toBe(false);
    });

    test('of 50 parallel swaps one is made', async () => {
      const { store, openAnother } = await open();
      const stores = [store, await openAnother()];
      await store.artifacts.create(artifact());
      const swaps = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          stores[index % 2]!.artifacts.swap(artifact(), artifact({ payload: { index } })),
        ),
      );
      expect(swaps.filter(Boolean)).toHaveLength(1);
      expect((await store.artifacts.find('key-1'))!.payload).toEqual({ index: swaps.indexOf(true) });
    });

    test('of 50 parallel removals one is told that it did it', async () => {
      const { store } = await open();
      await store.artifacts.create(artifact());
      const removals = await Promise.all(Array.from({ length: 50 }, () => store.artifacts.remove('key-1')));
      expect(removals.filter(Boolean)).toHaveLength(1);
    });

    test('what was removed stays away: a save in flight does not bring it back', async () => {
      const { store } = await open();
      await store.artifacts.create(artifact());
      await Promise.all([store.artifacts.remove('key-1'), store.artifacts.replace(artifact())]);
      await store.artifacts.remove('key-1');
      expect(await store.artifacts.replace(artifact())).toBe(false);
      expect(await store.artifacts.find('key-1')).toBeUndefined();
    });
  });

  describe('listByAccount', () => {
    test('finds what one person has of one model, the one that lives longest first, and no more than asked for', async () => {
      const { store, clock } = await open();
      const of = (key: string, minutes: number, members: Partial<Artifact> = {}) =>
        artifact({
          ...{ key, model: 'M', accountId: 'ada', expiresAt: clock.now() + minutes * MINUTE },
          ...members,
        });
      const [short, long, middle] = [of('s', 1), of('l', 3), of('m', 2)];
      for (const one of [short, long, middle]) await store.artifacts.create(one);
      await store.artifacts.create(of('other model', 4, { model: 'N' }));
      await store.artifacts.create(of('other person', 4, { accountId: 'grace' }));
      const list = (limit: number) => store.artifacts.listByAccount({ model: 'M', accountId: 'ada', limit });
      expect(await list(10)).toEqual([long, middle, short]);
      expect(await list(2)).toEqual([long, middle]);

      await store.artifacts.consume('l');
      expect((await list(1))[0]).toMatchObject({ key: 'l', consumedAt: clock.now() });
      clock.advance(MINUTE);
      expect((await list(10)).map(({ key }) => key)).toEqual(['l', 'm']);
    });
  });

  describe('expiry', () => {
    test('a record is gone at the very millisecond of its expiry, for every method', async () => {
      const { store, clock } = await open();
      await store.artifacts.create(
        artifact({
          expiresAt: clock.now() + MINUTE,
          userCode: 'code',
          grantId: 'grant',
          accountId: 'account',
        }),
      );
      clock.advance(MINUTE - 1);
      expect(await store.artifacts.find('key-1')).toBeDefined();
      clock.advance(1);
      expect(await store.artifacts.find('key-1')).toBeUndefined();
      expect(await store.artifacts.findByUserCode('code')).toBeUndefined();
      expect(await store.artifacts.consume('key-1')).toEqual({ won: false });
      expect(await store.artifacts.revoke({ grantId: 'grant' })).toBe(0);
      expect(await store.artifacts.revoke({ accountId: 'account' })).toBe(0);
    });

    test('a record without expiry outlives everything', async () => {
      const { store, clock } = await open();
      await store.artifacts.create(artifact());
      clock.advance(100 * 365 * 24 * 60 * MINUTE);
      expect(await store.artifacts.find('key-1')).toEqual(artifact());
    });
  });

  describe('consume', () => {
    test('of 100 parallel calls exactly one wins, and the others learn when', async () => {
      const { store, clock } = await open();
      await store.artifacts.create(artifact({ expiresAt: clock.now() + MINUTE }));
      const consumptions = await Promise.all(
        Array.from({ length: 100 }, () => store.artifacts.consume('key-1')),
      );
      expect(consumptions.filter(({ won }) => won)).toHaveLength(1);
      expect(consumptions.filter(({ won }) => !won)).toEqual(
        Array.from({ length: 99 }, () => ({ won: false, consumedAt: clock.now() })),
      );
    });

    test('a record that is missing or was removed is lost', async () => {
      const { store } = await open();
      expect(await store.artifacts.consume('key-1')).toEqual({ won: false });
      await store.artifacts.create(artifact());
      await store.artifacts.remove('key-1');
      expect(await store.artifacts.consume('key-1')).toEqual({ won: false });
    });

    test('removing the record in the middle of a race makes no second winner', async () => {
      const { store } = await open();
      await store.artifacts.create(artifact());
      const tries = Array.from({ length: 100 }, async (_, index) => {
        const consumption = await store.artifacts.consume('key-1');
        if (index % 10 === 0) await store.artifacts.remove('key-1');
        return consumption.won;
      });
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    });

    test('the record stays, marked, until its own expiry', async () => {
      const { store, clock } = await open();
      const stored = artifact({ expiresAt: clock.now() + MINUTE });
      await store.artifacts.create(stored);
      clock.advance(10);
      const consumedAt = clock.now();
      await store.artifacts.consume('key-1');
      clock.advance(MINUTE - 11);
      expect(await store.artifacts.find('key-1')).toEqual({ ...stored, consumedAt });
      clock.advance(1);
      expect(await store.artifacts.find('key-1')).toBeUndefined();
    });

    test('neither create nor replace undoes it, nor does either bring it about', async () => {
      const { store, clock } = await open();
      await store.artifacts.create(artifact({ consumedAt: 1 }));
      expect((await store.artifacts.find('key-1'))!.consumedAt).toBeUndefined();
      const consumedAt = clock.now();
      expect(await store.artifacts.consume('key-1')).toEqual({ won: true });
      clock.advance(1);
      await store.artifacts.create(artifact({ payload: { again: 1 } }));
      expect(await store.artifacts.consume('key-1')).toEqual({ won: false, consumedAt });
      await store.artifacts.replace(artifact({ payload: { again: 2 }, consumedAt: 2 }));
      expect(await store.artifacts.find('key-1')).toEqual(artifact({ payload: { again: 2 }, consumedAt }));
    });

    test('a record made anew after the old one expired can be consumed', async () => {
      const { store, clock } = await open();
      await store.artifacts.create(artifact({ expiresAt: clock.now() + MINUTE }));
      await store.artifacts.consume('key-1');
      clock.advance(MINUTE);
      await store.artifacts.create(artifact({ expiresAt: clock.now() + MINUTE }));
      expect(await store.artifacts.consume('key-1')).toEqual({ won: true });
    });
  });

  describe('revoke', () => {
    const records = [
      artifact({ key: '1', model: 'AccessToken', grantId: 'g1', accountId: 'ann', clientId: 'shop' }),
      artifact({ key: '2', model: 'RefreshToken', grantId: 'g1', accountId: 'ann', clientId: 'shop' }),
      artifact({ key: '3', model: 'AccessToken', grantId: 'g2', accountId: 'ann', clientId: 'mail' }),
      artifact({ key: '4', model: 'AccessToken', grantId: 'g3', accountId: 'bob', clientId: 'shop' }),
      artifact({ key: '5', model: 'ClientCredentials', clientId: 'shop' }),
      artifact({ key: '6', model: 'Interaction' }),
    ];

    test.each([
      ['a grant', { grantId: 'g1' }, ['1', '2']],
      ['a grant, one model', { grantId: 'g1', model: 'AccessToken' }, ['1']],
      ['an account', { accountId: 'ann' }, ['1', '2', '3']],
      ['an account, one model', { accountId: 'ann', model: 'AccessToken' }, ['1', '3']],
      ['an account at one client', { accountId: 'ann', clientId: 'shop' }, ['1', '2']],
      [
        'an account at one client, one model',
        { accountId: 'ann', clientId: 'shop', model: 'RefreshToken' },
        ['2'],
      ],
      ['a client', { clientId: 'shop' }, ['1', '2', '4', '5']],
      ['a client, one model', { clientId: 'shop', model: 'AccessToken' }, ['1', '4']],
      ['somebody unknown', { accountId: 'eve' }, []],
    ])('by %s', async (_, filter, revoked) => {
      const { store } = await open();
      await Promise.all(records.map((record) => store.artifacts.create(record)));
      expect(await store.artifacts.revoke(filter)).toBe(revoked.length);
      const left = await Promise.all(records.map(({ key }) => store.artifacts.find(key)));
      expect(left.filter((record) => record !== undefined)).toEqual(
        records.filter(({ key }) => !revoked.includes(key)),
      );
    });

    test('10,000 records of one account at once', async () => {
      const { store } = await open();
      // In batches: as many at once as to make a server late are refused, and that is another test.
      for (let first = 0; first < 10_000; first += 500) {
        const numbers = Array.from({ length: 500 }, (_, index) => first + index);
        await Promise.all(
          numbers.map((number) => store.artifacts.create(artifact({ key: `k${number}`, accountId: 'ann' }))),
        );
      }
      expect(await store.artifacts.revoke({ accountId: 'ann' })).toBe(10_000);
      expect(await store.artifacts.find('k9999')).toBeUndefined();
    });
  });
});
