import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../src/store/store.js';
import { describeEachStore } from '../support/stores.js';

const STRANGE_IDS: [string, string][] = [
  ['empty', ''],
  ['one character', 'a'],
  ['a space', ' '],
  ['10 kB', 'x'.repeat(10_000)],
  ['10 kB, last character different', `${'x'.repeat(9_999)}y`],
  ['NUL', '\0'],
  ['text, NUL, text', 'a\0b'],
  ['text, NUL, other text', 'a\0c'],
  ['dots and dollars', 'a.b.$c'],
  ['an operator', '$ne'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['quotes', `'"\`'' OR 1=1 --`],
  ['backslashes', '\\u0000\\'],
  ['line breaks', 'a\r\nb'],
  ['composed ü', '\u00fc'],
  ['decomposed ü', 'u\u0308'],
  ['outside the basic plane', '🦊'],
  ['last of the basic plane', '\uffff'],
  ['a lower-case letter', 'id'],
  ['its capital', 'ID'],
];

describeEachStore('ids and payloads', (open) => {
  test('ids of any length and content are kept apart, in every port', async () => {
    const { store, clock } = await open();
    const expiresAt = clock.now() + 1000;
    const times = { createdAt: 1, updatedAt: 1 };
    for (const [name, id] of STRANGE_IDS) {
      const payload = { name };
      await store.artifacts.create({
        model: 'M',
        key: id,
        payload,
        grantId: id,
        accountId: id,
        clientId: id,
        userCode: id,
      });
      expect(
        await store.sessions.create({
          uid: id,
          key: id,
          accountId: id,
          expiresAt,
          payload,
          authorizations: {},
        }),
      ).toBe(true);
      expect(await store.replays.remember(id, expiresAt)).toBe(true);
      await store.consents.add({
        accountId: id,
        clientId: id,
        scopes: [name],
        claims: [],
        resources: {},
        updatedAt: 1,
      });
      expect(
        await store.clients.create({ id, kind: 'web', metadata: payload, secrets: [], version: 1, ...times }),
      ).toBe('created');
      expect(
        await store.services.create({
          resource: id,
          name,
          scopes: [],
          tokenFormat: 'jwt',
          introspectedBy: [],
          version: 1,
          ...times,
        }),
      ).toBe('created');
      expect(await store.keys.create({ id, purpose: 'p', sealed: name, createdAt: 1 })).toBe(true);
      await store.links.create({ key: id, purpose: id, data: payload, createdAt: 1, expiresAt });
      expect(await store.throttles.hit(id, 1000)).toMatchObject({ count: 1 });
      await store.settings.put(id, name);
    }
    for (const [name, id] of STRANGE_IDS) {
      const payload = { name };
      expect(await store.artifacts.find(id)).toMatchObject({ key: id, payload });
      expect(await store.artifacts.findByUserCode(id)).toMatchObject({ userCode: id, payload });
      expect(await store.sessions.findByKey(id)).toMatchObject({ uid: id, payload });
      expect(await store.sessions.listByAccount(id)).toMatchObject([{ uid: id, payload }]);
      expect(await store.replays.remember(id, expiresAt)).toBe(false);
      expect(await store.consents.find(id, id)).toMatchObject({ accountId: id, scopes: [name] });
      expect(await store.clients.find(id)).toMatchObject({ id, metadata: payload });
      expect(await store.services.find(id)).toMatchObject({ resource: id, name });
      expect(await store.keys.find(id)).toMatchObject({ id, sealed: name });
      expect(await store.links.consume(id, id)).toMatchObject({ key: id, data: payload });
      expect(await store.settings.get(id)).toBe(name);
      expect(await store.artifacts.consume(id)).toEqual({ won: true });
      expect(await store.artifacts.revoke({ accountId: id, clientId: id })).toBe(1);
    }
  });

  describe('payloads', () => {
    const payloads: [string, JsonObject][] = [
      ['nothing', {}],
      ['null', { none: null, list: [null] }],
      [
        'numbers',
        {
          int: 9_007_199_254_740_991,
          negative: -1.5e-7,
          zero: 0,
          big: 1.7976931348623157e308,
          epoch: 1_795_490_016_035,
        },
      ],
      ['booleans', { yes: true, no: false }],
      ['members with dots and dollars', { 'a.b': { $set: 1, 'c.$.d': 2 }, '': 'empty', $: 1, '.': 2 }],
      ['numeric members', { 0: 'zero', 10: 'ten' }],
      ['Unicode', { ключ: '値 🦊', 'u\u0308': '\u00fc', line: '\u2028\u2029' }],
      ['control characters', { text: 'a\0b\u0001\r\n\t"\\' }],
      ['binary, as base64', { bytes: randomBytes(4096).toString('base64') }],
      [
        'what looks like a date or an extended type',
        { date: '2026-01-01T00:00:00.000Z', oid: { $oid: 'x' } },
      ],
      ['depth', Array.from({ length: 50 }).reduce<JsonObject>((inner) => ({ inner }), { end: true })],
      [
        '1 MB',
        { text: 'ü'.repeat(250_000), list: Array.from({ length: 25_000 }, (_, index) => `item ${index}`) },
      ],
    ];

    test.each(payloads)('%s', async (_, payload) => {
      const { store, clock } = await open();
      const expiresAt = clock.now() + 1000;
      await store.artifacts.create({ model: 'M', key: 'k', payload });
      await store.sessions.create({ uid: 'u', key: 'k', expiresAt, payload, authorizations: { c: payload } });
      await store.settings.put('s', payload as Json);
      expect((await store.artifacts.find('k'))!.payload).toEqual(payload);
      expect(await store.sessions.findByUid('u')).toMatchObject({ payload, authorizations: { c: payload } });
      expect(await store.settings.get('s')).toEqual(payload);
    });

    test('a member __proto__ is a member, and nobody’s prototype', async () => {
      const { store } = await open();
      const payload = JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as JsonObject;
      await store.artifacts.create({ model: 'M', key: 'k', payload });
      const found = (await store.artifacts.find('k'))!.payload;
      expect(Object.entries(found)).toEqual([
        ['__proto__', { admin: true }],
        ['constructor', 1],
      ]);
      expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
      expect(found['admin']).toBeUndefined();
    });

    test('undefined is absent afterwards, null stays null', async () => {
      const { store, clock } = await open();
      const payload = { absent: undefined, none: null, nested: { absent: undefined, none: null } };
      await store.artifacts.create({ model: 'M', key: 'k', payload });
      const found = (await store.artifacts.find('k'))!;
      expect(Object.keys(found.payload).sort()).toEqual(['nested', 'none']);
      expect(found.payload['nested']).toStrictEqual({ none: null });
      expect(Object.keys(found).sort()).toEqual(['key', 'model', 'payload']);

      const expiresAt = clock.now() + 1000;
      await store.sessions.create({
        uid: 'u',
        key: 'k',
        expiresAt,
        payload: { a: 1, b: 2 },
        authorizations: {},
      });
      const change = { uid: 'u', expiresAt, unset: [], setAuthorizations: {}, unsetAuthorizations: [] };
      await store.sessions.update({ ...change, set: { a: undefined, b: null } });
      expect((await store.sessions.findByUid('u'))!.payload).toStrictEqual({ b: null });
    });
  });
});
