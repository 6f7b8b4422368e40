import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock, Store } from '../store/store.js';
import type { UserRecord } from '../store/users.js';
import { foldCase, normaliseLogin } from './identifiers.js';
import type { Passwords } from './passwords.js';
import { createSignInThrottle } from './sign-in-throttle.js';

/** Failed sign-ins before the next must wait for the window to end. */
export interface ThrottleSettings {
  readonly perAccount: number;
  readonly perAddress: number;
  readonly windowSeconds: number;
}

/** What a sign-in with a password is worth: the `acr` it results in, and its `amr` (RFC 8176). */
export const passwordSignIn = { acr: 'urn:gatehouse:acr:password', amr: ['pwd'] } as const;

export type SignInOutcome =
  | { kind: 'signed-in'; user: UserRecord }
  /** For whatever reason: it is not told apart whether there is such a user. */
  | { kind: 'refused' }
  | { kind: 'throttled'; retryAfterSeconds: number };

export interface SignIn {
  /**
   * Judges a login name and a password. Rejects with `AppError('overloaded')` when too many are waiting.
   *
   * @param attempt.address IP address that it comes from
   */
  signIn(attempt: { login: string; password: string; address: string }): Promise<SignInOutcome>;
}

export function createSignIn({
  store,
  passwords,
  clock,
  throttle,
}: {
  store: Pick<Store, 'users' | 'throttles'>;
  passwords: Passwords;
  clock: Clock;
  throttle: ThrottleSettings;
}): SignIn {
  const { perAccount, perAddress, windowSeconds } = throttle;
  const { admit } = createSignInThrottle({ throttles: store.throttles, clock, windowSeconds });

  return {
    async signIn({ login, password, address }) {
      const identifier = normaliseLogin(login);
      const user = identifier.ok ? await store.users.findByLogin(identifier.key) : undefined;
      const spelling = identifier.ok ? identifier.key : foldCase(login.slice(0, 1000));
      const admission = await admit([
        { key: `address/${networkOf(address)}`, limit: perAddress },
        // Username and email of one user are one account.
        { key: user ? `user/${user.id}` : `login/${sha256(spelling)}`, limit: perAccount },
      ]);
      if (admission.kind === 'throttled') return admission;

      let outcome: SignInOutcome;
      try {
        outcome = await judge(user, password);
      } catch (error) {
        await admission.settle('void');
        throw error;
      }
      await admission.settle(outcome.kind === 'signed-in' ? 'void' : 'failed');
      return outcome;
    },
  };

  /** The same work whether or not there is such a user, who can sign in. */
  async function judge(user: UserRecord | undefined, password: string): Promise<SignInOutcome> {
    const { matches, newHash } = await passwords.verify(user?.passwordHash, password);
    if (!user || !matches) return { kind: 'refused' };
    // As things stand now: hashing takes a while, in which a user can be disabled or get another password.
    const current = await store.users.find(user.id);
    const unchanged =
      current && current.disabledAt === undefined && current.passwordChangedAt === user.passwordChangedAt;
    if (!unchanged) return { kind: 'refused' };
    // Only in place of the hash that was verified; whoever was faster has stored as good a one.
    if (newHash !== undefined && current.passwordHash === user.passwordHash)
      await store.users.update({ ...current, passwordHash: newHash });
    return { kind: 'signed-in', user: current };
  }
}

/**
 * What one person can be expected to have: an IPv4 address, or the 64 bits that an IPv6 network shares. Everything that
 * is no address counts as one.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6) return 'unknown';
  // The URL parser writes every spelling of an address alike.
  const [head = '', tail = ''] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === '' ? [] : tail.split(':');
  const all = [...groups, ...Array<string>(8 - groups.length - rest.length).fill('0'), ...rest];
  const [a = 0, b = 0] = all.slice(6).map((group) => parseInt(group, 16));
  // ::ffff:0:0/96, RFC 4291 2.5.5.2: IPv4.
  if (all.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return [a >> 8, a & 255, b >> 8, b & 255].join('.');
  return `${all.slice(0, 4).join(':')}::/64`;
}

/** Names of people who may not exist are not kept, nor is their length. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
