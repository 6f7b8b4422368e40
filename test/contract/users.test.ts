import { describe, expect, test } from '@jest/globals';
import type { UserRecord } from '../../src/store/users.js';
import { describeContract } from '../support/stores.js';

function user(id: string, members: Partial<UserRecord> = {}): UserRecord {
  return {
    id,
    emailVerified: false,
    profile: {},
    roles: [],
    createdAt: 1,
    updatedAt: 1,
    version: 1,
    ...members,
  };
}

const ann = user('u-ann', {
  username: 'Ann',
  usernameKey: 'ann',
  email: 'Ann@Example.com',
  emailKey: 'ann@example.com',
  emailVerified: true,
  profile: {
    name: 'Ann Ünï 🦊',
    address: { locality: 'Köln', formatted: 'A\nB' },
    phone_number_verified: false,
  },
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  passwordChangedAt: 5,
});

describeContract('users', (open) => {
  test('found by id, by username, by email, as they were stored', async () => {
    const { store } = await open();
    expect(await store.users.create(ann)).toBe('created');
    expect(await store.users.find('u-ann')).toEqual(ann);
    expect(await store.users.findByLogin('ann')).toEqual(ann);
    expect(await store.users.findByLogin('ann@example.com')).toEqual(ann);
    for (const login of ['', 'Ann', 'an', 'ann@example', 'u-ann']) {
      expect(await store.users.findByLogin(login)).toBeUndefined();
    }
    expect(await store.users.find('ann')).toBeUndefined();
  });

  describe('duplicates', () => {
    test('are told apart, and leave what stands there alone', async () => {
      const { store } = await open();
      await store.users.create(ann);
      const { users } = store;
      expect(await users.create(user('u-ann'))).toEqual({ duplicate: 'id' });
      expect(await users.create(user('u-2', { usernameKey: 'ann' }))).toEqual({ duplicate: 'username' });
      expect(await users.create(user('u-2', { emailKey: 'ann@example.com' }))).toEqual({
        duplicate: 'email',
      });
      expect(await users.find('u-ann')).toEqual(ann);
      expect(await users.find('u-2')).toBeUndefined();
    });

    test('any number of users may lack a username or an email', async () => {
      const { store } = await open();
      expect(await store.users.create(user('u-1'))).toBe('created');
      expect(await store.users.create(user('u-2'))).toBe('created');
    });

    test('of 100 parallel registrations of one email exactly one succeeds', async () => {
      const { store } = await open();
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          store.users.create(user(`u-${index}`, { emailKey: 'x@example.com' })),
        ),
      );
      expect(results.filter((result) => result === 'created')).toHaveLength(1);
      expect(results.filter((result) => result !== 'created')).toEqual(
        Array.from({ length: 99 }, () => ({ duplicate: 'email' })),
      );
    });

    test('an update may not take another user’s name either, but may keep its own', async () => {
      const { store } = await open();
      await store.users.create(ann);
      await store.users.create(user('u-2', { usernameKey: 'bob', emailKey: 'bob@example.com' }));
      expect(await store.users.update(user('u-2', { usernameKey: 'ann' }))).toEqual({
        duplicate: 'username',
      });
      expect(await store.users.update(user('u-2', { emailKey: 'ann@example.com' }))).toEqual({
        duplicate: 'email',
      });
      expect(await store.users.update(user('u-2', { usernameKey: 'bob', emailKey: 'b@example.com' }))).toBe(
        'updated',
      );
    });
  });

  describe('update', () => {
    test('replaces the record and counts the version up', async () => {
      const { store } = await open();
      await store.users.create(ann);
      const { passwordHash: _, ...withoutPassword } = ann;
      const changed = { ...withoutPassword, usernameKey: 'anna', disabledAt: 7 };
      expect(await store.users.update(changed)).toBe('updated');
      expect(await store.users.find('u-ann')).toEqual({ ...changed, version: 2 });
      expect(await store.users.findByLogin('ann')).toBeUndefined();
      expect(await store.users.findByLogin('anna')).toBeDefined();
    });

    test('of an old version is stale, of a removed user missing', async () => {
      const { store } = await open();
      await store.users.create(ann);
      await store.users.update({ ...ann, updatedAt: 2 });
      expect(await store.users.update({ ...ann, updatedAt: 3 })).toBe('stale');
      expect((await store.users.find('u-ann'))!.updatedAt).toBe(2);
      expect(await store.users.remove('u-ann')).toBe(true);
      expect(await store.users.update({ ...ann, version: 2 })).toBe('missing');
      expect(await store.users.find('u-ann')).toBeUndefined();
    });

    test('of 50 parallel updates of one version one succeeds', async () => {
      const { store } = await open();
      await store.users.create(ann);
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.users.update({ ...ann, updatedAt: index })),
      );
      expect(results.filter((result) => result === 'updated')).toHaveLength(1);
      expect(results.filter((result) => result === 'stale')).toHaveLength(49);
    });
  });

  test('a removed user’s names are free', async () => {
    const { store } = await open();
    await store.users.create(ann);
    expect(await store.users.remove('u-ann')).toBe(true);
    expect(await store.users.remove('u-ann')).toBe(false);
    expect(await store.users.findByLogin('ann')).toBeUndefined();
    expect(await store.users.create({ ...ann, id: 'u-other' })).toBe('created');
  });

  describe('list', () => {
    test('pages through all of them in order of id', async () => {
      const { store } = await open();
      const ids = Array.from({ length: 25 }, (_, index) => `u-${String(index).padStart(2, '0')}`);
      await Promise.all([...ids].reverse().map((id) => store.users.create(user(id))));
      const seen: string[] = [];
      const sizes: number[] = [];
      let after: string | undefined;
      do {
        const page = await store.users.list({ limit: 10, ...(after === undefined ? {} : { after }) });
        seen.push(...page.users.map(({ id }) => id));
        sizes.push(page.users.length);
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(ids);
      expect(sizes).toEqual([10, 10, 5]);
      expect(await store.users.list({ limit: 25 })).not.toHaveProperty('next');
    });

    test('searches the start of username and email, with every character meaning itself', async () => {
      const { store } = await open();
      await store.users.create(user('1', { usernameKey: 'anna', emailKey: 'x1@example.com' }));
      await store.users.create(user('2', { usernameKey: 'bo', emailKey: 'ann@example.com' }));
      await store.users.create(user('3', { usernameKey: 'joann', emailKey: 'x3@example.com' }));
      await store.users.create(user('4', { usernameKey: 'a%_.*', emailKey: 'x4@example.com' }));
      await store.users.create(user('5', { usernameKey: 'ärzte' }));
      const found = async (search: string) =>
        (await store.users.list({ limit: 10, search })).users.map(({ id }) => id);
      expect(await found('ann')).toEqual(['1', '2']);
      expect(await found('ann@')).toEqual(['2']);
      expect(await found('a%')).toEqual(['4']);
      expect(await found('a.')).toEqual([]);
      expect(await found('ä')).toEqual(['5']);
      expect(await found('')).toEqual(['1', '2', '3', '4', '5']);
      const page = await store.users.list({ limit: 1, search: 'ann' });
      expect(page.next).toBe('1');
      expect(
        (await store.users.list({ limit: 1, search: 'ann', after: '1' })).users.map(({ id }) => id),
      ).toEqual(['2']);
    });
  });

  test('someoneHasRole counts enabled users with a password', async () => {
    const { store } = await open();
    const admin = user('u-1', { roles: ['auditor', 'administrator'], passwordHash: '$argon2id$…' });
    expect(await store.users.someoneHasRole('administrator')).toBe(false);
    await store.users.create(user('u-2', { roles: ['administrator'] }));
    await store.users.create(user('u-3', { passwordHash: '$argon2id$…' }));
    await store.users.create({ ...admin, id: 'u-4', disabledAt: 1 });
    expect(await store.users.someoneHasRole('administrator')).toBe(false);
    await store.users.create(admin);
    expect(await store.users.someoneHasRole('administrator')).toBe(true);
    expect(await store.users.someoneHasRole('admin')).toBe(false);
    await store.users.update({ ...admin, disabledAt: 2 });
    expect(await store.users.someoneHasRole('administrator')).toBe(false);
  });
});
