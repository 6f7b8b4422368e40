import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPasswords } from '../../src/domain/passwords.js';
import { createSignIn } from '../../src/domain/sign-in.js';
import { cheapHashing, goodPassword, openDomain, sharedPasswords, type Domain } from './open-domain.js';

let domain: Domain;
const open = async (options: Parameters<typeof openDomain>[0] = {}) => {
  domain = await openDomain(options);
  await domain.users.add({ username: 'ada', email: 'ada@example.org', password: goodPassword });
};
beforeEach(() => open());
afterEach(() => domain.close());
afterAll(() => sharedPasswords.close());

const attempt = (login: string, password: string, address = '192.0.2.1', device?: string) =>
  domain.signIn({ login, password, address, device });
const fail = async (times: number, login = 'ada', address?: string) => {
  for (let count = 0; count < times; count++) {
    expect(await attempt(login, 'wrong', address)).toEqual({ kind: 'refused' });
  }
};
/** Sign-in that counts what it asks of the counters. */
const countStoreWork = () => {
  let calls = 0;
  const { store } = domain;
  const throttles = new Proxy(store.throttles, {
    get: (target, name) => (calls++, Reflect.get(target, name)),
  });
  const { signIn } = createSignIn({ ...domain.signInParts, store: { users: store.users, throttles } });
  return { signIn, count: () => calls };
};
const rightAnswers = async (tries: Promise<{ kind: string }>[]) => {
  const kinds = (await Promise.all(tries)).map(({ kind }) => kind);
  return count(kinds);
};
const count = (kinds: string[]) =>
  kinds.reduce<Record<string, number>>((sum, kind) => ({ ...sum, [kind]: (sum[kind] ?? 0) + 1 }), {});

describe('signing in', () => {
  test.each(['ada', 'ADA', ' Ada ', 'ada@example.org', 'ADA＠EXAMPLE.ORG'])('by %j works', async (login) => {
    const outcome = await attempt(login, goodPassword);
    expect(outcome).toMatchObject({ kind: 'signed-in', user: { username: 'ada' } });
  });

  test('gives one answer for one amount of work, whatever stands against it', async () => {
    await domain.users.add({ username: 'nopassword' });
    const disabled = await domain.users.add({ username: 'disabled', password: goodPassword });
    await domain.users.disable(disabled.id);
    const cases: [string, string][] = [
      ['ada', 'wrong'],
      ['nobody', goodPassword],
      ['nobody@example.org', goodPassword],
      ['disabled', goodPassword],
      ['disabled', 'wrong'],
      ['nopassword', goodPassword],
      ['nopassword', ''],
      ['no such \0 name', goodPassword],
      ['x'.repeat(100_000), goodPassword],
    ];
    for (const [login, password] of cases) {
      const before = domain.passwords.stats().started;
      expect(await attempt(login, password)).toEqual({ kind: 'refused' });
      expect([login.slice(0, 20), domain.passwords.stats().started - before]).toEqual([
        login.slice(0, 20),
        password === '' ? 0 : 1,
      ]);
    }
  });

  test.each(['', 'x'.repeat(1025), 'x'.repeat(1024 * 1024), 'nul\0'])(
    'with a password that nobody can have costs nothing, for users and for nobody: %#',
    async (password) => {
      const before = domain.passwords.stats().started;
      expect(await attempt('ada', password)).toEqual({ kind: 'refused' });
      expect(await attempt('nobody', password)).toEqual({ kind: 'refused' });
      expect(domain.passwords.stats().started).toBe(before);
    },
  );

  test('renews an imported hash, without counting as a change of the password', async () => {
    const passwordHash = '$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC';
    const { id, passwordChangedAt } = await domain.users.add({ username: 'bob', passwordHash });
    domain.passSeconds(60);
    expect(await attempt('bob', 'wrong')).toEqual({ kind: 'refused' });
    expect((await domain.users.find(id))?.passwordHash).toBe(passwordHash);
    // Whoever loses the race to store the new hash is signed in as well.
    const tries = Array.from({ length: 5 }, () => attempt('bob', 'correct horse'));
    expect(await rightAnswers(tries)).toEqual({ 'signed-in': 5 });
    const renewed = await domain.users.find(id);
    expect(renewed).toMatchObject({
      passwordHash: expect.stringMatching(/^\$argon2id\$/),
      passwordChangedAt,
    });
    expect((await attempt('bob', 'correct horse')).kind).toBe('signed-in');
  });

  test.each([
    ['disabled', (id: string) => domain.users.disable(id)],
    ['removed', (id: string) => domain.users.remove(id)],
    ['given another password', (id: string) => domain.users.setPassword(id, 'another good one')],
  ])('fails when the user is %s while the password is being judged', async (_, change) => {
    const { passwords, signInParts } = domain;
    const { id } = (await domain.users.findByLogin('ada'))!;
    domain.passSeconds(1);
    const verify: typeof passwords.verify = async (hash, password) => {
      const verdict = await passwords.verify(hash, password);
      expect(verdict.matches).toBe(true);
      await change(id);
      return verdict;
    };
    const { signIn } = createSignIn({ ...signInParts, passwords: { ...passwords, verify } });
    const outcome = await signIn({ login: 'ada', password: goodPassword, address: '192.0.2.1' });
    expect(outcome).toEqual({ kind: 'refused' });
  });
});

describe('failed sign-ins', () => {
  test('beyond the limit must wait for the window to end, with the right password too', async () => {
    await fail(10);
    expect(await attempt('ada', goodPassword)).toEqual({ kind: 'throttled', retryAfterSeconds: 900 });
    domain.passSeconds(600);
    expect(await attempt('ada', goodPassword)).toEqual({ kind: 'throttled', retryAfterSeconds: 300 });
    domain.passSeconds(300);
    expect((await attempt('ada', goodPassword)).kind).toBe('signed-in');
  });

  test('count for the name, however it is spelled and wherever they come from', async () => {
    const spellings = ['ada', 'ADA', 'ａｄａ', ' ada'];
    for (let index = 0; index < 10; index++) {
      await fail(1, spellings[index % spellings.length], `198.51.100.${index}`);
    }
    for (const login of spellings) expect((await attempt(login, 'wrong')).kind).toBe('throttled');
  });

  test.each([
    ['username', 'ada@example.org', 'ada'],
    ['email', 'ada', 'ada@example.org'],
  ])(
    'under the other name count for the %s, which is refused and not paused for them',
    async (_, full, other) => {
      await fail(10, full);
      expect(await attempt(other, goodPassword)).toEqual({ kind: 'refused' });
      await fail(9, other);
      expect(await attempt(other, goodPassword)).toEqual({ kind: 'throttled', retryAfterSeconds: 900 });
      domain.passSeconds(900);
      expect((await attempt(other, goodPassword)).kind).toBe('signed-in');
    },
  );

  test('under two names never tell that one person has both: nobody’s names are answered alike, after as much work', async () => {
    const work = countStoreWork();
    const answersOf = async (first: string, second: string) => {
      const answers = [];
      for (let index = 0; index < 24; index++) {
        const name = index < 12 ? first : second;
        const [hashed, stored] = [domain.passwords.stats().started, work.count()];
        const { kind } = await work.signIn({ login: name, password: 'wrong', address: '192.0.2.1' });
        answers.push([kind, domain.passwords.stats().started - hashed, work.count() - stored]);
      }
      return answers;
    };
    const ofOnePerson = await answersOf('ada@example.org', 'ada');
    expect(ofOnePerson).toEqual(await answersOf('nobody@example.org', 'nobody'));
    expect(ofOnePerson).toEqual(await answersOf('somebody', 'else@example.org'));
    expect(ofOnePerson.map(([kind]) => kind)).toEqual([
      ...Array<string>(10).fill('refused'),
      ...['throttled', 'throttled'],
      ...Array<string>(10).fill('refused'),
      ...['throttled', 'throttled'],
    ]);
  });

  test('count for names that nobody has, as for those that somebody has', async () => {
    await fail(10, 'nobody');
    expect(await attempt('NOBODY', 'wrong')).toEqual({ kind: 'throttled', retryAfterSeconds: 900 });
    await fail(1, 'somebody');
  });

  test('count for the address, whatever the account', async () => {
    await domain.close();
    await open({ perAddress: 5 });
    for (let index = 0; index < 5; index++) await fail(1, `user${index}`);
    expect((await attempt('ada', goodPassword)).kind).toBe('throttled');
    expect((await attempt('ada', goodPassword, '192.0.2.2')).kind).toBe('signed-in');
  });

  test('are forgotten by no success in between', async () => {
    for (let index = 0; index < 9; index++) {
      await fail(1);
      expect((await attempt('ada', goodPassword)).kind).toBe('signed-in');
    }
    await fail(1);
    expect((await attempt('ada', goodPassword)).kind).toBe('throttled');
  });

  test('that were throttled prolong nothing, are not hashed and take nobody else’s place', async () => {
    await domain.close();
    await open({ perAddress: 20 });
    await domain.users.add({ username: 'bob', password: goodPassword });
    await fail(10);
    const before = domain.passwords.stats().started;
    for (let index = 0; index < 50; index++) expect((await attempt('ada', 'wrong')).kind).toBe('throttled');
    expect(domain.passwords.stats().started).toBe(before);
    expect((await attempt('bob', goodPassword)).kind).toBe('signed-in');
    domain.passSeconds(900);
    await fail(10);
  });
});

describe('at once', () => {
  test('200 guesses on two processes: no more are judged than the limit allows', async () => {
    const before = domain.passwords.stats().started;
    const guess = (_: unknown, index: number) =>
      (index % 2 ? domain.signIn : domain.signInElsewhere)({
        login: 'ada',
        password: `guess ${index}`,
        address: `2001:db8:${index}::1`,
      });
    expect(await rightAnswers(Array.from({ length: 200 }, guess))).toEqual({ refused: 10, throttled: 190 });
    expect(domain.passwords.stats().started - before).toBe(10);
  });

  test('200 guesses under two names: answered as those for two people, and judged as those for one', async () => {
    const { passwords, signInParts } = domain;
    let judged = 0;
    const verify: typeof passwords.verify = (hash, password) => {
      // Without a hash it is work and no verdict.
      if (hash !== undefined) judged++;
      return passwords.verify(hash, password);
    };
    const { signIn } = createSignIn({ ...signInParts, passwords: { ...passwords, verify } });
    const before = passwords.stats().started;
    const guess = (_: unknown, index: number) =>
      signIn({
        login: index % 2 ? 'ada' : 'ada@example.org',
        password: `guess ${index}`,
        address: `2001:db8:${index}::1`,
      });
    expect(await rightAnswers(Array.from({ length: 200 }, guess))).toEqual({ refused: 20, throttled: 180 });
    expect(passwords.stats().started - before).toBe(20);
    expect(judged).toBeGreaterThan(0);
    expect(judged).toBeLessThanOrEqual(10);
  });

  test('guesses that are being judged under one name delay no answer under the other', async () => {
    const { passwords, signInParts } = domain;
    let [held, release] = [0, () => {}];
    const released = new Promise<void>((resolve) => (release = resolve));
    let allHeld = () => {};
    const tenAreHeld = new Promise<void>((resolve) => (allHeld = resolve));
    const verify: typeof passwords.verify = async (hash, password) => {
      if (password === 'held') {
        if (++held === 10) allHeld();
        await released;
      }
      return passwords.verify(hash, password);
    };
    const { signIn } = createSignIn({ ...signInParts, passwords: { ...passwords, verify } });
    const address = '192.0.2.1';
    const guesses = Array.from({ length: 10 }, () =>
      signIn({ login: 'ada@example.org', password: 'held', address }),
    );
    await tenAreHeld;
    expect(await signIn({ login: 'ada', password: goodPassword, address })).toEqual({ kind: 'refused' });
    expect(await signIn({ login: 'nobody', password: goodPassword, address })).toEqual({ kind: 'refused' });
    release();
    expect(await rightAnswers(guesses)).toEqual({ refused: 10 });
  });

  test('100 right sign-ins of one user from one address on two processes do not throttle each other', async () => {
    await domain.close();
    await open({ perAccount: 5, perAddress: 20 });
    await fail(4);
    const right = (_: unknown, index: number) =>
      (index % 2 ? domain.signIn : domain.signInElsewhere)({
        login: 'ada',
        password: goodPassword,
        address: '192.0.2.1',
      });
    expect(await rightAnswers(Array.from({ length: 100 }, right))).toEqual({ 'signed-in': 100 });
  });

  test('what is refused for too much load is not counted as failed', async () => {
    await domain.close();
    const passwords = createPasswords({ ...cheapHashing, queue: 0 });
    await open({ passwords, perAccount: 40 });
    const tries = await Promise.allSettled(Array.from({ length: 40 }, () => attempt('ada', goodPassword)));
    const overloaded = tries.filter(({ status }) => status === 'rejected');
    expect(overloaded.length).toBeGreaterThan(10);
    for (const result of overloaded)
      expect(result).toMatchObject({ reason: { code: 'overloaded', status: 503 } });
    await fail(39);
    expect((await attempt('ada', goodPassword)).kind).toBe('signed-in');
    await passwords.close();
  });
});
