import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RejectedError } from '../../src/domain/faults.js';
import type { NewUser } from '../../src/domain/users.js';
import { goodPassword, openDomain, sharedPasswords, type Domain } from './open-domain.js';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());
afterAll(() => sharedPasswords.close());

const rejected = async (promise: Promise<unknown>): Promise<RejectedError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RejectedError)) throw new Error(`not rejected but ${String(error)}`);
  return error;
};
const codes = ({ faults }: RejectedError) => faults.map(({ field, code }) => `${field} ${code}`);

describe('adding a user', () => {
  test('stores names as written, compares them normalised, and keeps no password', async () => {
    const user = await domain.users.add({
      username: 'Ada.L',
      email: 'Ada@Example.org',
      password: goodPassword,
      roles: ['administrator', 'administrator'],
    });
    expect(user).toMatchObject({ username: 'Ada.L', usernameKey: 'ada.l', emailKey: 'ada@example.org' });
    expect(user).toMatchObject({ emailVerified: false, roles: ['administrator'], version: 1 });
    expect(user.id).toMatch(/^[A-Za-z0-9][\w-]{21}$/);
    expect(await domain.users.find(user.id)).toEqual(user);
    expect(JSON.stringify(await domain.users.find(user.id))).not.toContain(goodPassword);
    for (const login of ['ADA.L', ' ada.l ', 'ADA@EXAMPLE.ORG', 'ada＠example.org']) {
      expect((await domain.users.findByLogin(login))?.id).toBe(user.id);
    }
    expect(await domain.users.findByLogin('ada@example.com')).toBeUndefined();
    expect(await domain.users.findByLogin('\0')).toBeUndefined();
  });

  test('says everything that stands against it at once, and stores nothing', async () => {
    await domain.users.add({ username: 'ada' });
    const error = await rejected(
      domain.users.add({
        username: 'ADA',
        email: 'ada@localhost',
        profile: { birthdate: '2001-02-29', website: 'javascript:alert(1)', name: 'Ada' },
        password: 'short',
        passwordHash: 'md5',
        roles: ['Root!'],
      }),
    );
    expect(error.code).toBe('invalid');
    expect(codes(error)).toEqual([
      'username taken',
      'email format',
      'profile.birthdate invalid',
      'profile.website invalid',
      'password too_short',
      'passwordHash unknown_scheme',
      'passwordHash refused',
      'roles invalid',
    ]);
    expect((await domain.users.list({ limit: 10 })).users).toHaveLength(1);
  });

  test('needs a username or an email, and one that nobody else has in any spelling', async () => {
    expect(codes(await rejected(domain.users.add({ password: goodPassword })))).toEqual(['login missing']);
    await domain.users.add({ email: 'ada@example.org' });
    const error = await rejected(domain.users.add({ email: 'ADA@example.org' }));
    expect([error.code, ...codes(error)]).toEqual(['duplicate', 'email taken']);
  });

  test('of one name by many at once makes one', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => domain.users.add({ username: 'ada', password: goodPassword })),
    );
    const outcomes = tries.map((result) =>
      result.status === 'fulfilled' ? 'added' : (result.reason as RejectedError).code,
    );
    expect(outcomes.toSorted()).toEqual(['added', ...Array<string>(19).fill('duplicate')]);
  });

  test('takes a hash that was made elsewhere, and none that would hang the server', async () => {
    const hash = '$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC';
    expect((await domain.users.add({ username: 'ada', passwordHash: hash })).passwordHash).toBe(hash);
    const error = await rejected(
      domain.users.add({ username: 'bob', passwordHash: hash.replace('$06$', '$31$') }),
    );
    expect(codes(error)).toEqual(['passwordHash too_costly']);
  });
});

describe('a new password', () => {
  const names: NewUser = { username: 'ada.lovelace', email: 'countess@example.org' };

  test.each([
    ['', 'missing'],
    ['ninechars', 'too_short'],
    ['🔑🔑🔑🔑🔑🔑🔑🔑🔑', 'too_short'],
    ['a'.repeat(1025), 'too_long'],
    ['correct\0horse', 'refused'],
    ['1234567890', 'too_common'],
    ['abcdefghijkl', 'too_common'],
    ['zyxwvutsrqpo', 'too_common'],
    ['aaaaaaaaaaaa', 'too_common'],
    ['abababababab', 'too_common'],
    ['QwertyUiop', 'too_common'],
    ['passwordPASSWORD', 'too_common'],
    ['ＰＡＳＳＷＯＲＤ１２３', 'too_common'],
    ['ADA.lovelace', 'same_as_login'],
    ['Countess@Example.org', 'same_as_login'],
    ['countesscountess', 'same_as_login'],
    ['gatehouse test', 'same_as_login'],
  ])('%j is refused: %s', async (password, code) => {
    expect(codes(await rejected(domain.users.add({ ...names, password })))).toEqual([`password ${code}`]);
  });

  test.each(['ten chars!', 'four words are fine', '🔑🗝🔒🔓🚪🏰🛡⚔🐉👑', 'a'.repeat(500) + 'b'.repeat(524)])(
    '%j is taken',
    async (password) => {
      expect((await domain.users.add({ ...names, password })).passwordHash).toMatch(/^\$argon2id\$/);
    },
  );

  test('set later is held to the same rules and replaces the old one', async () => {
    const { id } = await domain.users.add({ ...names, password: goodPassword });
    expect(codes(await rejected(domain.users.setPassword(id, 'ada.lovelace')))).toEqual([
      'password same_as_login',
    ]);
    domain.passSeconds(60);
    const user = await domain.users.setPassword(id, 'another good one');
    expect(user).toMatchObject({ version: 2, passwordChangedAt: domain.clock() });
    expect(await domain.passwords.verify(user.passwordHash, goodPassword)).toEqual({ matches: false });
    expect(await domain.passwords.verify(user.passwordHash, 'another good one')).toEqual({ matches: true });
    expect((await rejected(domain.users.setPassword('nobody', goodPassword))).code).toBe('not_found');
  });
});

describe('a profile', () => {
  test('holds every standard claim, in the form that goes out', async () => {
    const user = await domain.users.add({
      username: 'ada',
      email: 'ada@example.org',
      emailVerified: true,
      profile: {
        name: '  Ada Lovelace ',
        given_name: 'Ada',
        family_name: 'Lovelace',
        middle_name: 'King',
        nickname: 'Countess',
        profile: 'https://example.org/ada',
        picture: 'https://example.org/ada.png',
        website: 'HTTPS://Example.org',
        gender: 'female',
        birthdate: '1815-12-10',
        zoneinfo: 'Europe/London',
        locale: 'en_GB',
        phone_number: '+44 (20) 7946-0018',
        phone_number_verified: true,
        address: { street_address: 'St James’s Square\r\n12', locality: 'London', country: 'GB' },
      },
    });
    expect(domain.users.claims(user)).toEqual({
      sub: user.id,
      preferred_username: 'ada',
      email: 'ada@example.org',
      email_verified: true,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      middle_name: 'King',
      nickname: 'Countess',
      profile: 'https://example.org/ada',
      picture: 'https://example.org/ada.png',
      website: 'https://example.org/',
      gender: 'female',
      birthdate: '1815-12-10',
      zoneinfo: 'Europe/London',
      locale: 'en-GB',
      phone_number: '+442079460018',
      phone_number_verified: true,
      address: { street_address: 'St James’s Square\n12', locality: 'London', country: 'GB' },
      updated_at: domain.clock() / 1000,
    });
  });

  test('without a login name or number says nothing about whether it is verified', async () => {
    const user = await domain.users.add({ username: 'ada', emailVerified: true });
    expect(domain.users.claims(user)).toEqual({
      sub: user.id,
      preferred_username: 'ada',
      updated_at: domain.clock() / 1000,
    });
  });

  test('changes by member; null takes one away; a new number is not verified', async () => {
    const phone = { phone_number: '+442079460018', phone_number_verified: true };
    const { id } = await domain.users.add({
      username: 'ada',
      profile: { name: 'Ada', nickname: 'A', ...phone },
    });
    domain.passSeconds(5);
    const changed = await domain.users.updateProfile(id, { nickname: null, locale: 'de-CH' });
    expect(changed.profile).toEqual({ name: 'Ada', locale: 'de-CH', ...phone });
    expect(changed.updatedAt).toBe(domain.clock());
    const renumbered = await domain.users.updateProfile(id, { phone_number: '+442079460019' });
    expect(domain.users.claims(renumbered)).toMatchObject({ phone_number_verified: false });
  });

  test('loses none of many changes at once', async () => {
    const { id } = await domain.users.add({ username: 'ada' });
    const changes = [{ name: 'Ada' }, { nickname: 'A' }, { gender: 'female' }, { locale: 'en' }];
    await Promise.all(changes.map((change) => domain.users.updateProfile(id, change)));
    expect((await domain.users.find(id))?.profile).toEqual(Object.assign({}, ...changes));
  });

  test.each<object>([
    { name: '' },
    { name: '\u200b' },
    { name: 'two\nlines' },
    { name: 'turn\u202earound' },
    { name: 'x'.repeat(256) },
    { name: ['Ada'] },
    { website: 'ftp://example.org' },
    { website: 'https://user:secret@example.org' },
    { picture: 'data:image/png;base64,AA' },
    { profile: '/ada' },
    { birthdate: '10.12.1815' },
    { birthdate: '1815-13-01' },
    { birthdate: '0000-02-30' },
    { birthdate: '0000' },
    { zoneinfo: 'Mars/Olympus' },
    { zoneinfo: '+01:00' },
    { locale: 'not a language' },
    { phone_number: '020 7946 0018' },
    { phone_number: '+0123456789' },
    { phone_number_verified: 'true' },
    { address: {} },
    { address: { planet: 'Mars' } },
    { address: 'London' },
    { email_verified: true },
    { sub: 'admin' },
    { constructor: 'x' },
  ])('refuses %j', async (profile) => {
    const { id } = await domain.users.add({ username: 'ada' });
    expect((await rejected(domain.users.updateProfile(id, profile))).faults).toHaveLength(1);
  });

  test.each([
    { birthdate: '1815' },
    { birthdate: '0000-02-29' },
    { zoneinfo: 'UTC' },
    { phone_number: '+41446681800;ext=12' },
  ])('takes %j', async (profile) => {
    const { id } = await domain.users.add({ username: 'ada' });
    expect((await domain.users.updateProfile(id, profile)).profile).toEqual(profile);
  });
});

test('users are listed page by page and by the start of a name in any spelling', async () => {
  for (const name of ['ada', 'Adam', 'bob', 'Straße']) {
    await domain.users.add({
      username: name,
      email: `${name === 'bob' ? 'ada2' : `x${name.length}`}@example.org`,
    });
  }
  const first = await domain.users.list({ limit: 3 });
  const second = await domain.users.list({ limit: 3, after: first.next! });
  expect([...first.users, ...second.users].map(({ username = '' }) => username).toSorted()).toEqual([
    'Adam',
    'Straße',
    'ada',
    'bob',
  ]);
  expect(second.next).toBeUndefined();
  const found = async (search: string) =>
    (await domain.users.list({ limit: 10, search })).users.map(({ username = '' }) => username).toSorted();
  expect(await found(' ADA')).toEqual(['Adam', 'ada', 'bob']);
  expect(await found('STRASSE')).toEqual(['Straße']);
});
