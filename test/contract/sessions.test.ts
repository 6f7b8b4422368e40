import { describe, expect, test } from '@jest/globals';
import type { SessionChange, SessionRecord } from '../../src/store/sessions.js';
import { describeEachStore, type TestClock } from '../support/stores.js';

const HOUR = 3_600_000;

function session(clock: TestClock, members: Partial<SessionRecord> = {}): SessionRecord {
  return {
    uid: 'uid-1',
    key: 'cookie-1',
    accountId: 'ann',
    expiresAt: clock.now() + HOUR,
    payload: { accountId: 'ann', loginTs: 1, amr: ['pwd'] },
    authorizations: { shop: { sid: 'sid-shop', grantId: 'grant-shop' } },
    ...members,
  };
}

function change(clock: TestClock, members: Partial<SessionChange> = {}): SessionChange {
  return {
    uid: 'uid-1',
    expiresAt: clock.now() + HOUR,
    set: {},
    unset: [],
    setAuthorizations: {},
    unsetAuthorizations: [],
    ...members,
  };
}

describeEachStore('sessions', (open) => {
  describe('create and find', () => {
    test('by cookie, by uid, by account', async () => {
      const { store, clock } = await open();
      const first = session(clock);
      const second = session(clock, { uid: 'uid-2', key: 'cookie-2' });
      const others = session(clock, { uid: 'uid-3', key: 'cookie-3', accountId: 'bob' });
      for (const each of [first, second, others]) expect(await store.sessions.create(each)).toBe(true);

      expect(await store.sessions.findByKey('cookie-1')).toEqual(first);
      expect(await store.sessions.findByUid('uid-2')).toEqual(second);
      expect(await store.sessions.findByKey('uid-1')).toBeUndefined();
      expect(await store.sessions.findByUid('cookie-1')).toBeUndefined();
      const anns = await store.sessions.listByAccount('ann');
      expect(anns.map(({ uid }) => uid).sort()).toEqual(['uid-1', 'uid-2']);
      expect(anns).toEqual(expect.arrayContaining([first, second]));
    });

    test('a browser that nobody signed in at has no account', async () => {
      const { store, clock } = await open();
      const { accountId: _, ...anonymous } = session(clock);
      await store.sessions.create(anonymous);
      expect(await store.sessions.findByUid('uid-1')).toEqual(anonymous);
      expect(await store.sessions.listByAccount('ann')).toEqual([]);
    });

    test('a uid is given once: of 100 parallel creations one succeeds', async () => {
      const { store, clock } = await open();
      const tries = Array.from({ length: 100 }, (_, index) =>
        store.sessions.create(session(clock, { key: `cookie-${index}` })),
      );
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      expect(await store.sessions.listByAccount('ann')).toHaveLength(1);
    });

    test('an expired one is gone for every method, and its uid free', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      clock.advance(HOUR);
      expect(await store.sessions.findByKey('cookie-1')).toBeUndefined();
      expect(await store.sessions.findByUid('uid-1')).toBeUndefined();
      expect(await store.sessions.listByAccount('ann')).toEqual([]);
      expect(await store.sessions.update(change(clock))).toBe(false);
      expect(await store.sessions.end('uid-1')).toBeUndefined();
      const anew = session(clock, { key: 'cookie-2', accountId: 'bob' });
      expect(await store.sessions.create(anew)).toBe(true);
      expect(await store.sessions.findByUid('uid-1')).toEqual(anew);
      expect(await store.sessions.findByKey('cookie-1')).toBeUndefined();
    });
  });

  describe('update', () => {
    test('sets, replaces and unsets what it names, and keeps the rest', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      clock.advance(1000);
      const updated = await store.sessions.update(
        change(clock, {
          set: { loginTs: 2, acr: 'urn:x', amr: ['pwd', 'otp'] },
          unset: ['accountId', 'unknown'],
          setAuthorizations: { mail: { sid: 'sid-mail' } },
          unsetAuthorizations: ['shop', 'unknown'],
          accountId: 'bob',
        }),
      );
      expect(updated).toBe(true);
      expect(await store.sessions.findByKey('cookie-1')).toEqual({
        uid: 'uid-1',
        key: 'cookie-1',
        accountId: 'bob',
        expiresAt: clock.now() + HOUR,
        payload: { loginTs: 2, acr: 'urn:x', amr: ['pwd', 'otp'] },
        authorizations: { mail: { sid: 'sid-mail' } },
      });
      expect(await store.sessions.listByAccount('ann')).toEqual([]);
      expect(await store.sessions.listByAccount('bob')).toHaveLength(1);
    });

    test('of a session that never was, writes nothing', async () => {
      const { store, clock } = await open();
      expect(await store.sessions.update(change(clock, { key: 'cookie-1', accountId: 'ann' }))).toBe(false);
      expect(await store.sessions.findByUid('uid-1')).toBeUndefined();
      expect(await store.sessions.findByKey('cookie-1')).toBeUndefined();
    });

    test('two overlapping saves keep the clients of both', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      await Promise.all([
        store.sessions.update(change(clock, { setAuthorizations: { mail: { sid: 'sid-mail' } } })),
        store.sessions.update(change(clock, { setAuthorizations: { wiki: { sid: 'sid-wiki' } } })),
      ]);
      expect(Object.keys((await store.sessions.findByUid('uid-1'))!.authorizations).sort()).toEqual([
        'mail',
        'shop',
        'wiki',
      ]);
    });

    test('50 parallel saves, each of another member and another client, lose none', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock, { payload: {}, authorizations: {} }));
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      await Promise.all(
        numbers.map((number) =>
          store.sessions.update(
            change(clock, {
              set: { [`m${number}`]: number },
              setAuthorizations: { [`c${number}`]: { sid: number } },
            }),
          ),
        ),
      );
      const { payload, authorizations } = (await store.sessions.findByUid('uid-1'))!;
      expect(payload).toEqual(Object.fromEntries(numbers.map((number) => [`m${number}`, number])));
      expect(authorizations).toEqual(
        Object.fromEntries(numbers.map((number) => [`c${number}`, { sid: number }])),
      );
    });

    test.each([
      '',
      'a.b.c',
      '$set',
      '$',
      '.',
      'https://rp.example/?a=1&b=$2',
      '__proto__',
      'constructor',
      '"\'`',
      'ключ 🔑',
      '0',
    ])('a client may be called %j', async (clientId) => {
      const { store, clock } = await open();
      const authorizations = Object.fromEntries([[clientId, { sid: 'one' }]]);
      await store.sessions.create(session(clock, { authorizations }));
      expect(Object.entries((await store.sessions.findByUid('uid-1'))!.authorizations)).toEqual([
        [clientId, { sid: 'one' }],
      ]);

      const setAuthorizations = Object.fromEntries([[clientId, { sid: 'two' }]]);
      await store.sessions.update(change(clock, { setAuthorizations }));
      expect(Object.entries((await store.sessions.findByUid('uid-1'))!.authorizations)).toEqual([
        [clientId, { sid: 'two' }],
      ]);

      await store.sessions.update(change(clock, { unsetAuthorizations: [clientId] }));
      expect((await store.sessions.findByUid('uid-1'))!.authorizations).toEqual({});
    });
  });

  describe('a new cookie', () => {
    test('finds the session, and the one before it nothing any more', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      await store.sessions.update(change(clock, { key: 'cookie-2' }));
      expect(await store.sessions.findByKey('cookie-1')).toBeUndefined();
      expect(await store.sessions.findByKey('cookie-2')).toBeDefined();
    });
  });

  describe('end', () => {
    test('returns the session as it was, to one of 100 parallel calls', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      const ended = await Promise.all(Array.from({ length: 100 }, () => store.sessions.end('uid-1')));
      expect(ended.filter((record) => record !== undefined)).toEqual([session(clock)]);
    });

    test('of an unknown session does nothing', async () => {
      const { store } = await open();
      expect(await store.sessions.end('uid-1')).toBeUndefined();
    });

    test('what ended is not found, not updated and not made again', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      await store.sessions.update(change(clock, { key: 'cookie-2' }));
      await store.sessions.end('uid-1');
      expect(
        await store.sessions.update(change(clock, { key: 'cookie-3', setAuthorizations: { mail: {} } })),
      ).toBe(false);
      expect(await store.sessions.create(session(clock))).toBe(false);
      expect(await store.sessions.findByUid('uid-1')).toBeUndefined();
      for (const key of ['cookie-1', 'cookie-2', 'cookie-3']) {
        expect(await store.sessions.findByKey(key)).toBeUndefined();
      }
      expect(await store.sessions.listByAccount('ann')).toEqual([]);
    });

    test('requests in flight do not bring it back', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      const save = (number: number) =>
        store.sessions.update(
          change(clock, { setAuthorizations: { [`client-${number}`]: { sid: number } } }),
        );
      const before = Array.from({ length: 20 }, (_, number) => save(number));
      const end = store.sessions.end('uid-1');
      const after = Array.from({ length: 20 }, (_, number) => save(20 + number));
      await Promise.all([...before, end, ...after]);
      expect(await store.sessions.findByUid('uid-1')).toBeUndefined();
      expect(await save(99)).toBe(false);
    });

    test('the tombstone stands through sweeps until the end of the session’s life', async () => {
      const { store, clock } = await open();
      await store.sessions.create(session(clock));
      await store.sessions.end('uid-1');
      clock.advance(HOUR - 1);
      await store.sweep(1000);
      expect(await store.sessions.create(session(clock))).toBe(false);
      expect(await store.sessions.update(change(clock))).toBe(false);
    });
  });
});
