import type { KeyRecord } from '../store/keys.js';
import { keyAlgs, type KeyAlg } from './new-key.js';

/**
 * published: others may learn it, it isn't used yet. active: signs, or is what others encrypt with. retired: still
 * published, for what it has signed. withdrawn: not published any more, and accepted where old things come back: an ID
 * token as a hint who signs out, a request that was encrypted by an older copy of the key set.
 */
export type KeyState = 'published' | 'active' | 'retired' | 'withdrawn';

export interface Key {
  record: KeyRecord;
  kid: string;
  alg: KeyAlg;
  generation: number;
  state: KeyState;
  /** Milliseconds since the epoch, as all times here. */
  activeFrom: number;
  /** Once there is a successor. */
  publishedUntil?: number;
  /** Once there is a successor: it can be removed then. */
  acceptedUntil?: number;
}

const DAY = 24 * 3600 * 1000;
/**
 * The longest that a token is good for: a day is the most that ACCESS_TOKEN_LIFETIME, ID_TOKEN_LIFETIME and the TTL of
 * a service can be, and five minutes the most of CLOCK_TOLERANCE. Not what they are now: they may have been longer when
 * the key signed, and a command knows them by another environment than the server.
 */
export const LONGEST_TOKEN = DAY + 5 * 60 * 1000;

/**
 * What each key is for at this moment, judged by nothing but the times on the records: those that are over are left out.
 * In order of publication: by algorithm, the one that is active first.
 *
 * @param longestSession milliseconds: how long an ID token may come back as a hint
 */
export function keysAt(records: readonly KeyRecord[], now: number, longestSession: number): Key[] {
  return keyAlgs.flatMap((alg) => {
    const generations = records
      .map((record) => ({ record, activeFrom: activeFrom(record), ...slotOf(record) }))
      .filter((key) => key.alg === alg)
      .sort((a, b) => a.generation - b.generation);
    // The first one where none has begun: those before it were removed.
    const active = generations.findLast((key) => key.activeFrom <= now) ?? generations[0];

    return generations
      .map(({ record, generation, activeFrom }): Key => {
        const successors = generations.filter((other) => other.generation > generation);
        const ends =
          successors.length > 0
            ? endsOf(record, Math.min(...successors.map((other) => other.activeFrom)), longestSession)
            : undefined;
        const state =
          generation === active!.generation
            ? 'active'
            : generation > active!.generation
              ? 'published'
              : now < ends!.publishedUntil
                ? 'retired'
                : 'withdrawn';
        const kid = String(record.publicJwk?.['kid']);
        return { record, kid, alg, generation, state, activeFrom, ...ends };
      })
      .filter(({ state, acceptedUntil = Infinity }) => state !== 'withdrawn' || now < acceptedUntil)
      .sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state));
  });
}

const states: readonly KeyState[] = ['active', 'published', 'retired', 'withdrawn'];

export function isPublished(key: Key): boolean {
  return key.state !== 'withdrawn';
}

function endsOf({ purpose }: KeyRecord, succeededAt: number, longestSession: number) {
  // Nobody is to encrypt with a key that has a successor, so it leaves the key set; copies of the set are older.
  if (purpose === 'encryption') return { publishedUntil: succeededAt, acceptedUntil: succeededAt + DAY };
  return {
    publishedUntil: succeededAt + LONGEST_TOKEN,
    acceptedUntil: succeededAt + Math.max(LONGEST_TOKEN, longestSession),
  };
}

function activeFrom({ activeFrom, createdAt }: KeyRecord): number {
  return activeFrom ?? createdAt;
}

function slotOf({ id }: KeyRecord): { alg: string; generation: number } {
  const [, alg = '', generation] = id.split('/');
  return { alg, generation: Number(generation) };
}
