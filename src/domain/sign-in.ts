import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock, Store } from '../store/store.js';
import type { UserRecord } from '../store/users.js';
import { foldCase, normaliseLogin } from './identifiers.js';
import type { Passwords } from './passwords.js';
import type { KnownDevices } from './known-devices.js';
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
  | {
      kind: 'signed-in';
      user: UserRecord;
      /** What the device is to keep, to be known next time. */
      device: string;
    }
  /** For whatever reason: it is not told apart whether there is such a user. */
  | { kind: 'refused' }
  | { kind: 'throttled'; retryAfterSeconds: number };

export interface SignIn {
  /**
   * Judges a login name and a password. Rejects with `AppError('overloaded')` when too many are waiting.
   *
   * @param attempt.address IP address that it comes from
   * @param attempt.device what the device keeps from the last sign-in
   */
  signIn(attempt: {
    login: string;
    password: string;
    address: string;
    device?: string | undefined;
  }): Promise<SignInOutcome>;
}

export function createSignIn({
  store,
  passwords,
  devices,
  clock,
  throttle,
}: {
  store: Pick<Store, 'users' | 'throttles'>;
  passwords: Passwords;
  devices: KnownDevices;
  clock: Clock;
  throttle: ThrottleSettings;
}): SignIn {
  const { perAccount, perAddress, windowSeconds } = throttle;
  const { admit, claim } = createSignInThrottle({ throttles: store.throttles, clock, windowSeconds });

  return {
    async signIn({ login, password, address, device: kept }) {
      const identifier = normaliseLogin(login);
      const spelling = sha256(identifier.ok ? identifier.key : foldCase(login.slice(0, 1000)));
      const user = identifier.ok ? await store.users.findByLogin(identifier.key) : undefined;
      // OWASP ASVS 6.1.1: strangers who fail must not lock the owner out, so a device of theirs counts on its own.
      const device = devices.recognise(user, kept);
      const scope = device === undefined ? '' : `device/${device}/`;

      const admission = await admit([
        { key: `address/${networkOf(address)}`, limit: perAddress },
        { key: `${scope}login/${spelling}`, limit: perAccount },
      ]);
      if (admission.kind === 'throttled') return admission;

      const signedIn = await holding(admission, async () => {
        // Username and email are one account, and no answer or delay may tell which belong together: who finds no
        // place here fails as for a wrong password. Given back before the place that admitted it, which the next in
        // line waits for, so right passwords under one spelling don't get into each other's way.
        const account = user ? `user/${user.id}` : `nobody/${spelling}`;
        const place = await claim({ key: `${scope}${account}`, limit: perAccount });
        return holding(place, () => judge(place.free ? user : undefined, password));
      });
      if (!signedIn) return { kind: 'refused' };
      return { kind: 'signed-in', user: signedIn, device: devices.remember(signedIn, kept) };
    },
  };

  /** What was not judged, as for too much load, is not counted. */
  async function holding(
    place: { settle(outcome: 'failed' | 'void'): Promise<void> },
    attempt: () => Promise<UserRecord | undefined>,
  ): Promise<UserRecord | undefined> {
    let signedIn: UserRecord | undefined;
    try {
      signedIn = await attempt();
    } catch (error) {
      await place.settle('void');
      throw error;
    }
    await place.settle(signedIn ? 'void' : 'failed');
    return signedIn;
  }

  /** The same work whether or not there is such a user, who can sign in. */
  async function judge(user: UserRecord | undefined, password: string): Promise<UserRecord | undefined> {
    const { matches, newHash } = await passwords.verify(user?.passwordHash, password);
    if (!user || !matches) return undefined;
    // As things stand now: hashing takes a while, in which a user can be disabled or get another password.
    const current = await store.users.find(user.id);
    const unchanged =
      current && current.disabledAt === undefined && current.passwordChangedAt === user.passwordChangedAt;
    if (!unchanged) return undefined;
    // Only in place of the hash that was verified; whoever was faster has stored as good a one.
    if (newHash !== undefined && current.passwordHash === user.passwordHash)
      await store.users.update({ ...current, passwordHash: newHash });
    return current;
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
