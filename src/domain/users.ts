import { randomBytes } from 'node:crypto';
import type { Clock, Store } from '../store/store.js';
import type { UserPage, UserRecord } from '../store/users.js';
import { RejectedError, type Fault } from './faults.js';
import {
  foldCase,
  normaliseEmail,
  normaliseLogin,
  normaliseUsername,
  type Identifier,
} from './identifiers.js';
import { passwordFaults } from './password-policy.js';
import type { Passwords } from './passwords.js';
import { changeProfile, type ProfileChanges } from './profile.js';
import { claimsOf, type UserClaims } from './user-claims.js';
import {
  hashFaults,
  identifierFault,
  missing,
  missingLogin,
  reject,
  rejection,
  roleFaults,
  taken,
  twoPasswords,
} from './user-faults.js';
import type { UserSessions } from './user-sessions.js';

export interface NewUser {
  /** At least one of username and email. */
  username?: string;
  email?: string;
  emailVerified?: boolean;
  profile?: ProfileChanges;
  /** Neither: the user cannot sign in by password until one is set. */
  password?: string;
  /** A hash that was made elsewhere, by argon2, bcrypt, scrypt or PBKDF2. */
  passwordHash?: string;
  /** Rights on Gatehouse itself. Never from input of the person concerned. */
  roles?: string[];
}

export interface Users {
  /** Rejects with everything that stands against it (`RejectedError`); nothing is stored then. */
  add(user: NewUser): Promise<UserRecord>;
  /** What `add` would reject it with. */
  faultsOf(user: NewUser): Promise<Fault[]>;
  /** Also a user who is disabled: `disabledAt` says so. */
  find(id: string): Promise<UserRecord | undefined>;
  /** By username or email in any spelling. */
  findByLogin(login: string): Promise<UserRecord | undefined>;
  /** In order of id. `search` is the start of a username or an email, in any spelling. */
  list(options: { after?: string; limit: number; search?: string }): Promise<UserPage>;
  /** No more sign-ins; every session and token ends. Repeating it ends what an interrupted call left. */
  disable(id: string): Promise<UserRecord>;
  enable(id: string): Promise<UserRecord>;
  /** Sets a password; every session and token of the user ends, but for the session `keepSession`. */
  setPassword(id: string, password: string, options?: { keepSession?: string }): Promise<UserRecord>;
  updateProfile(id: string, changes: ProfileChanges): Promise<UserRecord>;
  /** Removes a user with sessions, tokens and consents; false when there was none. */
  remove(id: string): Promise<boolean>;
  claims(user: UserRecord): UserClaims;
}

/** A change is tried again when somebody else was faster; each of these tries was lost to a change that was made. */
const tries = 10;

export function createUsers({
  store,
  passwords,
  clock,
  userSessions,
  minimumLength,
  brandName,
}: {
  store: Pick<Store, 'users' | 'consents'>;
  passwords: Passwords;
  clock: Clock;
  userSessions: UserSessions;
  /** Characters of a new password at least. */
  minimumLength: number;
  /** A name that everybody knows is no password. */
  brandName: string;
}): Users {
  async function faultsOf(user: NewUser): Promise<Fault[]> {
    const { username, email } = identifiersOf(user);
    const names = [username, email].flatMap((identifier) => (identifier?.ok ? [identifier.value] : []));
    return [
      ...(username || email ? [] : [missingLogin]),
      ...(await loginFaults('username', username, user.username)),
      ...(await loginFaults('email', email, user.email)),
      ...changeProfile({}, user.profile ?? {}).faults,
      ...(user.password === undefined ? [] : faultsOfPassword(user.password, names)),
      ...(user.passwordHash === undefined ? [] : hashFaults(user.passwordHash)),
      ...(user.password !== undefined && user.passwordHash !== undefined ? [twoPasswords] : []),
      ...roleFaults(user.roles ?? []),
    ];
  }

  async function loginFaults(
    field: 'username' | 'email',
    identifier: Identifier | undefined,
    value: string | undefined,
  ): Promise<Fault[]> {
    if (identifier === undefined || value === undefined) return [];
    if (!identifier.ok) return [identifierFault(field, identifier.fault, value)];
    return (await store.users.findByLogin(identifier.key)) ? [taken(field, value)] : [];
  }

  function faultsOfPassword(password: string, names: string[]): Fault[] {
    return passwordFaults(password, { minimumLength, names: [...names, brandName] });
  }

  async function add(given: NewUser): Promise<UserRecord> {
    reject(await faultsOf(given));
    const { username, email } = identifiersOf(given);
    const { profile } = changeProfile({}, given.profile ?? {});
    const passwordHash =
      given.password === undefined ? given.passwordHash : await passwords.hash(given.password);
    const now = clock();
    const user: UserRecord = {
      id: newId(),
      ...(username?.ok ? { username: username.value, usernameKey: username.key } : {}),
      ...(email?.ok ? { email: email.value, emailKey: email.key } : {}),
      emailVerified: email?.ok === true && given.emailVerified === true,
      profile,
      ...(passwordHash === undefined ? {} : { passwordHash, passwordChangedAt: now }),
      roles: [...new Set(given.roles)],
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    const outcome = await store.users.create(user);
    if (outcome === 'created') return user;
    // Somebody else took the name since it was looked for.
    const field = outcome.duplicate;
    throw rejection([taken(field, field === 'id' ? user.id : (user[field] ?? ''))]);
  }

  /** Applies a change to what stands there; when somebody else was faster, once more to what they left. */
  async function change(id: string, decide: (before: UserRecord) => UserRecord): Promise<UserRecord> {
    for (let attempt = 1; attempt <= tries; attempt++) {
      const before = await store.users.find(id);
      if (before === undefined) throw missing(id);
      const after = { ...decide(before), updatedAt: clock() };
      const outcome = await store.users.update(after);
      if (outcome === 'updated') return { ...after, version: after.version + 1 };
      if (outcome === 'missing') throw missing(id);
      if (outcome !== 'stale') throw new Error(`a change that keeps the logins met a duplicate`);
    }
    throw new RejectedError('conflict', `The user ${id} is being changed by others; try again.`);
  }

  async function disable(id: string): Promise<UserRecord> {
    const user = await change(id, (before) => ({ ...before, disabledAt: before.disabledAt ?? clock() }));
    await userSessions.endAll(id);
    return user;
  }

  return {
    add,
    faultsOf,
    find: (id) => store.users.find(id),
    async findByLogin(login) {
      const identifier = normaliseLogin(login);
      return identifier.ok ? store.users.findByLogin(identifier.key) : undefined;
    },
    list: ({ search, ...page }) =>
      store.users.list(search === undefined ? page : { ...page, search: foldCase(search.trim()) }),
    disable,
    enable: (id) =>
      change(id, (before) => {
        const user = { ...before };
        delete user.disabledAt;
        return user;
      }),

    async setPassword(id, password, { keepSession } = {}) {
      const user = await store.users.find(id);
      if (user === undefined) throw missing(id);
      reject(faultsOfPassword(password, [user.username ?? '', user.email ?? '']));
      const passwordHash = await passwords.hash(password);
      const changed = await change(id, (before) => ({ ...before, passwordHash, passwordChangedAt: clock() }));
      await userSessions.endAll(id, keepSession === undefined ? {} : { except: keepSession });
      return changed;
    },

    updateProfile: (id, changes) =>
      change(id, (before) => {
        const { profile, faults } = changeProfile(before.profile, changes);
        reject(faults);
        return { ...before, profile };
      }),

    async remove(id) {
      try {
        // Disabled first: from then on nothing new comes into being, and an interrupted removal can be repeated.
        await disable(id);
      } catch (error) {
        if (error instanceof RejectedError && error.code === 'not_found') return false;
        throw error;
      }
      await store.consents.removeAll({ accountId: id });
      return store.users.remove(id);
    },

    claims: claimsOf,
  };
}

function identifiersOf({ username, email }: NewUser) {
  return {
    username: username === undefined ? undefined : normaliseUsername(username),
    email: email === undefined ? undefined : normaliseEmail(email),
  };
}

/** 128 bits. Without a dash in front: command lines take that for an option. */
function newId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (/^[A-Za-z0-9]/.test(id)) return id;
  }
}
