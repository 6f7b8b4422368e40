import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { createPasswords, type Passwords } from '../../src/domain/passwords.js';

// Hashing threads have a low priority: on a busy machine they take their time.
jest.setTimeout(30_000);

const cheap = { memory: 64, passes: 1, lanes: 1, workers: 1, queue: 100 };

const opened: Passwords[] = [];
function open(...options: Parameters<typeof createPasswords>): Passwords {
  const passwords = createPasswords(...options);
  opened.push(passwords);
  return passwords;
}
afterAll(() => Promise.all(opened.map((passwords) => passwords.close())));

describe('a password', () => {
  const passwords = open(cheap);

  test('becomes an argon2id PHC string with the configured parameters and a salt of its own', async () => {
    const [first, second] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
    expect(first).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await passwords.verify(first, 'correct horse')).toEqual({ matches: true });
    expect(await passwords.verify(first, 'correct horsf')).toEqual({ matches: false });
  });

  test('counts whole, whatever its length, up to 1024 bytes', async () => {
    const long = 'ä'.repeat(512);
    const hash = await passwords.hash(long);
    expect(await passwords.verify(hash, long)).toEqual({ matches: true });
    expect(await passwords.verify(hash, `${long.slice(0, -1)}b`)).toEqual({ matches: false });
  });

  test('is the same from every keyboard', async () => {
    const hash = await passwords.hash('caf\u00e9 \ufb01n');
    expect((await passwords.verify(hash, 'cafe\u0301 fin')).matches).toBe(true);
  });

  test.each([
    ['empty', ''],
    ['a byte too long', 'a'.repeat(1025)],
    ['a megabyte', 'a'.repeat(1024 * 1024)],
    ['long in bytes', '🔑'.repeat(257)],
    ['with a NUL', 'correct\0horse'],
  ])(
    'that is %s is refused before anything is hashed, alike with and without a hash',
    async (_, password) => {
      const hash = await passwords.hash('correct horse');
      const { started } = passwords.stats();
      expect(await passwords.verify(hash, password)).toEqual({ matches: false });
      expect(await passwords.verify(undefined, password)).toEqual({ matches: false });
      await expect(passwords.hash(password)).rejects.toThrow(RangeError);
      expect(passwords.stats().started).toBe(started);
    },
  );

  test('costs the same work when there is no hash or none that can be read', async () => {
    const hash = await passwords.hash('correct horse');
    const work = async (stored: string | undefined, password: string) => {
      const before = passwords.stats().started;
      expect((await passwords.verify(stored, password)).matches).toBe(false);
      return passwords.stats().started - before;
    };
    expect(await work(hash, 'wrong')).toBe(1);
    expect(await work(undefined, 'wrong')).toBe(1);
    expect(await work('!locked', 'wrong')).toBe(1);
  });
});

describe('a hash', () => {
  test('below the configured parameters comes back renewed, with the right password only', async () => {
    const old = await open(cheap).hash('correct horse');
    const raised = open({ ...cheap, memory: 128, passes: 2 });
    const verdict = await raised.verify(old, 'correct horse');
    expect(verdict).toEqual({ matches: true, newHash: expect.stringContaining('$m=128,t=2,p=1$') });
    expect(await raised.verify(verdict.newHash, 'correct horse')).toEqual({ matches: true });
    expect(await raised.verify(old, 'wrong')).toEqual({ matches: false });
    expect(await open(cheap).verify(verdict.newHash, 'correct horse')).toEqual({ matches: true });
  });

  test('is written and read alike by argon2 and by @node-rs/argon2', async () => {
    const plain = open(cheap, { engine: 'argon2' });
    const fast = open(cheap, { engine: '@node-rs/argon2' });
    for (const password of ['correct horse', 'pässwörd 🔑']) {
      const [byPlain, byFast] = [await plain.hash(password), await fast.hash(password)];
      expect(await fast.verify(byPlain, password)).toEqual({ matches: true });
      expect(await plain.verify(byFast, password)).toEqual({ matches: true });
      expect(await plain.verify(byFast, 'wrong')).toEqual({ matches: false });
    }
  });
});

describe('an imported hash', () => {
  const passwords = open(cheap);
  // Made with crypt(3) and Python's hashlib.
  const imported: [string, string, string][] = [
    ['bcrypt $2b$', 'correct horse', '$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC'],
    ['bcrypt $2y$, not ASCII', 'pässwörd 🔑', '$2y$05$abcdefghijklmnopqrstuuJle.iZ0HydI0pt1p.fYQNcC2ygoDkde'],
    ['bcrypt of 72 bytes', 'x'.repeat(72), '$2b$05$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q'],
    [
      'PBKDF2 of Django',
      'correct horse',
      'pbkdf2_sha256$5000$seasalt$hsKCyXxYjm/r8AQuq+i9ceXDgDD+ko7Qa7FITJyCA8s=',
    ],
    [
      'PBKDF2 of passlib',
      'correct horse',
      '$pbkdf2-sha512$5000$8PHy8/T19vf4.fr7/P3./w$i6B0Hy1xOaFBW1YY0BisD7MlTXNKaNxlNH90FDfLsIGEwFGL.HPOeFIwvqC15xm2YklOIU2RRJQIc5KpqubIzA',
    ],
    [
      'scrypt of Django',
      'correct horse',
      'scrypt$1024$seasalt$8$1$b9vqOe0B5HZh2f10Q9RPN9OFNPtmb+ezp5YOlnZsJQ0vQ5I3eq8Zt7GFMuqQ58xCxTIvVL1QCL/PTXEWr+RNHA==',
    ],
    [
      'scrypt as PHC string',
      'correct horse',
      '$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE',
    ],
  ];

  test.each(imported)('of %s verifies and is upgraded to argon2id', async (_, password, hash) => {
    expect(await passwords.verify(hash, `${password.slice(1)}?`)).toEqual({ matches: false });
    const verdict = await passwords.verify(hash, password);
    expect(verdict).toEqual({ matches: true, newHash: expect.stringMatching(/^\$argon2id\$/) });
    expect(await passwords.verify(verdict.newHash, password)).toEqual({ matches: true });
  });

  test('of bcrypt is kept when the password is longer than what bcrypt looks at', async () => {
    const hash = imported[2]![2];
    expect(await passwords.verify(hash, `${'x'.repeat(72)} and more`)).toEqual({ matches: true });
  });

  test('knows the password as it was typed, not normalised', async () => {
    // PBKDF2 of Django for "cafe" with a combining accent.
    const hash = 'pbkdf2_sha256$1000$seasalt$U9vql0UGovZ4kxk176T3aUkhnmD005c5nqbwcJZtXpc=';
    const verdict = await passwords.verify(hash, 'cafe\u0301');
    expect(verdict.matches).toBe(true);
    expect(await passwords.verify(verdict.newHash, 'caf\u00e9')).toEqual({ matches: true });
  });
});

describe('the queue', () => {
  const slow = { memory: 8192, passes: 4, lanes: 1 };

  test('is bounded: what is beyond it is told at once to come again', async () => {
    const passwords = open({ ...slow, workers: 2, queue: 3 });
    const tries = Array.from({ length: 20 }, () => passwords.hash('correct horse'));
    expect(passwords.stats()).toMatchObject({ running: 2, waiting: 3 });
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const result of results.slice(5)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'overloaded', status: 503, retryAfter: expect.any(Number) },
      });
    }
    expect(await passwords.hash('and again')).toMatch(/^\$argon2id\$/);
  });

  test('does not hold up the event loop', async () => {
    const passwords = open({ ...slow, passes: 20, workers: 1, queue: 3 });
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await Promise.all([passwords.hash('one'), passwords.hash('two')]);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(5);
  });

  test('is finished before it closes, and takes nothing afterwards', async () => {
    const passwords = open({ ...slow, workers: 1, queue: 3 });
    const tries = [passwords.hash('one'), passwords.hash('two')];
    await passwords.close();
    expect(await Promise.all(tries)).toHaveLength(2);
    await expect(passwords.hash('three')).rejects.toMatchObject({ code: 'overloaded' });
  });
});
