import { createHash, randomBytes } from 'node:crypto';
import type { LinkRecord } from '../store/links.js';
import type { Clock, Store } from '../store/store.js';
import { RejectedError, type Fault } from './faults.js';
import { normaliseLogin } from './identifiers.js';
import { administratorRole } from './roles.js';
import type { NewUser, Users } from './users.js';

interface FirstAdministratorFault {
  field: 'login' | 'password' | 'name';
  /** `missing`, `invalid`, `taken`, an `IdentifierFault`, or of a password `too_short`, `too_long`, `too_common`, `same_as_login`, `refused`. */
  code: string;
}

export type FirstAdministratorOutcome =
  | { kind: 'done'; userId: string }
  /** The link works still. */
  | { kind: 'refused'; faults: FirstAdministratorFault[] }
  | { kind: 'link-invalid' };

export interface FirstAdministrator {
  /**
   * Returns the token of a link that works once within 24 hours, and no other does; undefined when somebody is
   * administrator already. The store has its hash only.
   */
  issueLink(): Promise<string | undefined>;
  /** Whether `complete` can succeed with this token. */
  check(token: string): Promise<boolean>;
  /** Makes the first administrator. The link is used up by success alone. */
  complete(
    token: string,
    administrator: { login: string; password: string; name?: string },
  ): Promise<FirstAdministratorOutcome>;
}

const purpose = 'first-administrator';
const linkLife = 24 * 3600 * 1000;

export function createFirstAdministrator({
  store,
  users,
  clock,
}: {
  store: Pick<Store, 'links' | 'users'>;
  users: Users;
  clock: Clock;
}): FirstAdministrator {
  const someoneIs = () => store.users.someoneHasRole(administratorRole);

  async function check(token: string): Promise<boolean> {
    return (await store.links.find(purpose, keyOf(token))) !== undefined && !(await someoneIs());
  }

  /** Returns the id; undefined when somebody else was faster. */
  async function create(link: LinkRecord, user: NewUser): Promise<string | undefined> {
    if (await someoneIs()) return undefined;
    try {
      return (await users.add(user)).id;
    } catch (error) {
      // Nobody was made: the link goes back.
      await store.links.create(link);
      throw error;
    }
  }

  return {
    check,

    async issueLink() {
      if (await someoneIs()) return undefined;
      await store.links.removeAll(purpose);
      const token = randomBytes(32).toString('base64url');
      const now = clock();
      await store.links.create({ key: keyOf(token), purpose, createdAt: now, expiresAt: now + linkLife });
      return token;
    },

    async complete(token, given) {
      if (!(await check(token))) return { kind: 'link-invalid' };
      const user = toUser(given);
      const faults = await users.faultsOf(user);
      if (faults.length > 0) return refused(faults);
      const link = await store.links.consume(purpose, keyOf(token));
      if (link === undefined) return { kind: 'link-invalid' };
      try {
        const userId = await create(link, user);
        return userId === undefined ? { kind: 'link-invalid' } : { kind: 'done', userId };
      } catch (error) {
        if (error instanceof RejectedError) return refused(error.faults);
        throw error;
      }
    },
  };
}

function toUser({ login, password, name }: { login: string; password: string; name?: string }): NewUser {
  const identifier = normaliseLogin(login);
  const isEmail = (identifier.ok ? identifier.value : login).includes('@');
  return {
    ...(isEmail ? { email: login } : { username: login }),
    password,
    ...(name === undefined ? {} : { profile: { name } }),
    roles: [administratorRole],
  };
}

function refused(faults: readonly Fault[]): FirstAdministratorOutcome {
  const fields = { username: 'login', email: 'login', login: 'login', password: 'password' } as const;
  return {
    kind: 'refused',
    faults: faults.map(({ field, code = 'invalid' }) => ({
      field: Object.hasOwn(fields, field) ? fields[field as keyof typeof fields] : 'name',
      code,
    })),
  };
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
