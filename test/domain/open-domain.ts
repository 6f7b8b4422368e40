import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { openSqlite } from '../../adapters/sqlite/open-sqlite.js';
import { createFirstAdministrator } from '../../src/domain/first-administrator.js';
import { createKnownDevices } from '../../src/domain/known-devices.js';
import { createPasswords, type Passwords } from '../../src/domain/passwords.js';
import { createSignIn } from '../../src/domain/sign-in.js';
import { createUserSessions } from '../../src/domain/user-sessions.js';
import { createUsers } from '../../src/domain/users.js';
import { createVault } from '../../src/domain/vault.js';

// Hashing threads have a low priority: on a busy machine they take their time.
jest.setTimeout(30_000);

export const goodPassword = 'correct horse battery';
export const cheapHashing = { memory: 64, passes: 1, lanes: 1, workers: 1, queue: 500 };

/** Starting a thread takes longer than most tests: one for all tests of a file, which closes it. */
export const sharedPasswords = createPasswords(cheapHashing);

/** The domain over a store in memory, with a clock that stands still until it is moved. */
export async function openDomain({
  perAccount = 10,
  perAddress = 100,
  passwords = sharedPasswords,
}: { perAccount?: number; perAddress?: number; passwords?: Passwords } = {}) {
  let now = Date.parse('2026-03-01T12:00:00Z');
  const clock = () => now;
  const store = await openSqlite({ file: ':memory:', clock });
  await store.migrate();
  const userSessions = createUserSessions({ store, clock });
  const users = createUsers({
    store,
    passwords,
    clock,
    userSessions,
    minimumLength: 10,
    brandName: 'Gatehouse Test',
  });
  const devices = createKnownDevices({ vault: createVault(randomBytes(32)), clock });
  const throttle = { perAccount, perAddress, windowSeconds: 900 };
  const signInParts = { store, passwords, devices, clock, throttle };
  return {
    clock,
    store,
    passwords,
    userSessions,
    users,
    /** To build another one, with a part replaced. */
    signInParts,
    signIn: createSignIn(signInParts).signIn,
    /** Sign-in as another process on the same store does it. */
    signInElsewhere: createSignIn(signInParts).signIn,
    firstAdministrator: createFirstAdministrator({ store, users, clock }),
    passSeconds(seconds: number) {
      now += seconds * 1000;
    },
    close: () => store.close(),
  };
}

export type Domain = Awaited<ReturnType<typeof openDomain>>;
