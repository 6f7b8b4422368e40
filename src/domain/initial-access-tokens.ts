import { createHash, randomBytes } from 'node:crypto';
import type { InitialAccessTokenRecord, InitialAccessTokenStore } from '../store/initial-access-tokens.js';
import type { Clock } from '../store/store.js';
import { RejectedError, type Fault } from './faults.js';

export interface NewInitialAccessToken {
  /** Whom it is for. */
  name: string;
  /** How many clients can be registered with it; 1 to 10000. */
  quota: number;
  /** Its life; 1 minute to 365 days. */
  seconds: number;
}

/** What an operator gives to those who may register clients (RFC 7591 3). */
export interface InitialAccessTokens {
  /** The token itself is shown this once: the store has its hash only. */
  add(token: NewInitialAccessToken): Promise<{ token: string; record: InitialAccessTokenRecord }>;
  list(): Promise<InitialAccessTokenRecord[]>;
  /** False when there was none. What was registered with it stays. */
  remove(id: string): Promise<boolean>;
  /** Undefined when it is unknown, over or used up. */
  find(token: string): Promise<InitialAccessTokenRecord | undefined>;
  /** Takes one registration; false when others have taken the last one meanwhile. */
  spend(token: string): Promise<boolean>;
}

const mostRegistrations = 10_000;
const shortestLife = 60;
const longestLife = 365 * 24 * 3600;

export function createInitialAccessTokens({
  tokens,
  clock,
}: {
  tokens: InitialAccessTokenStore;
  clock: Clock;
}): InitialAccessTokens {
  return {
    async add({ name, quota, seconds }) {
      const faults = faultsOf({ name, quota, seconds });
      if (faults.length > 0)
        throw new RejectedError('invalid', 'The initial access token cannot be made like this.', faults);
      const token = `ghi_${randomBytes(32).toString('base64url')}`;
      const now = clock();
      const record = {
        id: randomBytes(4).toString('hex'),
        key: keyOf(token),
        name,
        quota,
        left: quota,
        createdAt: now,
        expiresAt: now + seconds * 1000,
      };
      await tokens.create(record);
      return { token, record };
    },
    list: () => tokens.list(),
    remove: (id) => tokens.remove(id),
    async find(token) {
      const record = await tokens.find(keyOf(token));
      return record && record.left > 0 ? record : undefined;
    },
    spend: (token) => tokens.spend(keyOf(token)),
  };
}

function faultsOf({ name, quota, seconds }: NewInitialAccessToken): Fault[] {
  const faults: Fault[] = [];
  if (!/^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(name) || name.trim() === '')
    faults.push({ field: 'name', value: name, reason: 'must be 1 to 100 visible characters' });
  if (!(Number.isSafeInteger(quota) && quota >= 1 && quota <= mostRegistrations)) {
    const reason = `must be 1 to ${mostRegistrations}`;
    faults.push({ field: 'registrations', value: String(quota), reason });
  }
  if (!(seconds >= shortestLife && seconds <= longestLife))
    faults.push({ field: 'expires', value: `${seconds} seconds`, reason: 'must be one minute to 365 days' });
  return faults;
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
