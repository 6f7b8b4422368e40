import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { goodPassword, openDomain, sharedPasswords, type Domain } from './open-domain.js';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());
afterAll(() => sharedPasswords.close());

const form = { login: 'root@example.org', password: goodPassword, name: 'Ada' };

test('the link makes one administrator and is used up', async () => {
  const token = (await domain.firstAdministrator.issueLink())!;
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(await domain.firstAdministrator.check(token)).toBe(true);
  const outcome = await domain.firstAdministrator.complete(token, form);
  expect(outcome).toEqual({ kind: 'done', userId: expect.any(String) });
  const user = await domain.users.findByLogin(form.login);
  expect(user).toMatchObject({ roles: ['administrator'], emailVerified: false, profile: { name: 'Ada' } });
  expect((await domain.signIn({ ...form, address: '192.0.2.1' })).kind).toBe('signed-in');
  expect(await domain.firstAdministrator.check(token)).toBe(false);
  const again = { ...form, login: 'other' };
  expect(await domain.firstAdministrator.complete(token, again)).toEqual({ kind: 'link-invalid' });
  expect(await domain.firstAdministrator.issueLink()).toBeUndefined();
});

test('a username will do as well', async () => {
  const token = (await domain.firstAdministrator.issueLink())!;
  const { kind } = await domain.firstAdministrator.complete(token, { login: 'root', password: goodPassword });
  expect(kind).toBe('done');
  expect(await domain.users.findByLogin('root')).toMatchObject({ username: 'root', profile: {} });
});

test('what is refused leaves the link as it was, and says why', async () => {
  await domain.users.add({ email: 'taken@example.org' });
  const token = (await domain.firstAdministrator.issueLink())!;
  const refusals: [Partial<typeof form>, string[]][] = [
    [{ login: '' }, ['login missing']],
    [{ login: 'ada@localhost' }, ['login format']],
    [{ login: 'two words', password: 'short' }, ['login character', 'password too_short']],
    [{ login: '\u0440oot' }, ['login mixed_scripts']],
    [{ login: 'x'.repeat(65) }, ['login too_long']],
    [{ login: 'TAKEN@example.org' }, ['login taken']],
    [{ password: 'root@example.org' }, ['password same_as_login']],
    [{ password: '1234567890', name: 'two\nlines' }, ['name invalid', 'password too_common']],
  ];
  for (const [part, expected] of refusals) {
    const outcome = await domain.firstAdministrator.complete(token, { ...form, ...part });
    if (outcome.kind !== 'refused') throw new Error(`not refused but ${outcome.kind}`);
    expect(outcome.faults.map(({ field, code }) => `${field} ${code}`)).toEqual(expected);
  }
  expect((await domain.firstAdministrator.complete(token, form)).kind).toBe('done');
});

test('a try that is refused does not get in the way of a good one', async () => {
  const token = (await domain.firstAdministrator.issueLink())!;
  const outcomes = await Promise.all(
    ['short', goodPassword].map((password) =>
      domain.firstAdministrator.complete(token, { ...form, password }),
    ),
  );
  expect(outcomes.map(({ kind }) => kind)).toEqual(['refused', 'done']);
});

test('of many who use it at once one succeeds', async () => {
  const token = (await domain.firstAdministrator.issueLink())!;
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      domain.firstAdministrator.complete(token, { ...form, login: `root${index}` }),
    ),
  );
  expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
  expect(outcomes.filter(({ kind }) => kind === 'link-invalid')).toHaveLength(49);
  expect((await domain.users.list({ limit: 10 })).users).toHaveLength(1);
});

test('a login that is taken at the last moment gives the link back', async () => {
  const token = (await domain.firstAdministrator.issueLink())!;
  // Both are told that the name is free, for neither has it yet.
  const [outcome] = await Promise.all([
    domain.firstAdministrator.complete(token, form),
    domain.store.users.create({
      id: 'faster',
      email: form.login,
      emailKey: form.login,
      emailVerified: false,
      profile: {},
      roles: [],
      createdAt: 0,
      updatedAt: 0,
      version: 1,
    }),
  ]);
  expect(outcome).toEqual({ kind: 'refused', faults: [{ field: 'login', code: 'taken' }] });
  expect((await domain.firstAdministrator.complete(token, { ...form, login: 'root' })).kind).toBe('done');
});

test('a new link ends the one before, a link ends after a day, and none works beside an administrator', async () => {
  const first = (await domain.firstAdministrator.issueLink())!;
  const second = (await domain.firstAdministrator.issueLink())!;
  expect(await domain.firstAdministrator.check(first)).toBe(false);
  expect(await domain.firstAdministrator.complete(first, form)).toEqual({ kind: 'link-invalid' });
  domain.passSeconds(24 * 3600 - 1);
  expect(await domain.firstAdministrator.check(second)).toBe(true);
  domain.passSeconds(1);
  expect(await domain.firstAdministrator.check(second)).toBe(false);

  const third = (await domain.firstAdministrator.issueLink())!;
  await domain.users.add({ username: 'root', password: goodPassword, roles: ['administrator'] });
  expect(await domain.firstAdministrator.check(third)).toBe(false);
  expect(await domain.firstAdministrator.complete(third, form)).toEqual({ kind: 'link-invalid' });
});

test('a store without an administrator who can sign in gets a link again', async () => {
  const { id } = await domain.users.add({
    username: 'root',
    password: goodPassword,
    roles: ['administrator'],
  });
  expect(await domain.firstAdministrator.issueLink()).toBeUndefined();
  await domain.users.disable(id);
  expect(await domain.firstAdministrator.issueLink()).toBeDefined();
});

test('the store holds no token', async () => {
  const token = (await domain.firstAdministrator.issueLink())!;
  expect(await domain.store.links.find('first-administrator', token)).toBeUndefined();
});
