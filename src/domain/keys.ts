import { randomBytes } from 'node:crypto';
import type { KeyRecord, KeyStore } from '../store/keys.js';
import type { Clock, JsonObject } from '../store/store.js';
import { RejectedError } from './faults.js';
import { isPublished, keysAt, type Key } from './key-life.js';
import { keyAlgs, newKey, privateJwk, purposeOf, type KeyAlg } from './new-key.js';
import type { Vault } from './vault.js';

/** The keys in use, decrypted. */
export interface KeyRing {
  /** Private JWKs (RFC 7517) with kid, alg and use; of each algorithm the one in use comes first. */
  readonly privateJwks: readonly JsonObject[];
  /** What others may know: fewer than the private ones, of which some are accepted only. */
  readonly publishedJwks: readonly JsonObject[];
  /** Keys that sign cookies, the one that signs first. */
  readonly cookies: string[];
}

export interface RotatedKey {
  /** The next one. */
  key: Key;
  /** False: somebody else had made it a moment before. */
  made: boolean;
}

/** The keys of the installation: made, replaced and removed without a restart of any process. */
export interface Keys {
  /** What this process works with: as it was when it last looked. */
  ring(): KeyRing;
  /** Looks at the store and the clock, and makes what is missing. True when the ring is another one than before. */
  refresh(): Promise<boolean>;
  /** All that are not over, by algorithm. */
  list(): Promise<Key[]>;
  /** Makes a successor for each, which takes over after `lead` milliseconds, `SHORTEST_LEAD` at the least. */
  rotate(algs: readonly KeyAlg[], lead: number): Promise<RotatedKey[]>;
  /** Removes a key at once, and everything with it that it has signed. */
  remove(kid: string): Promise<Key>;
  /** Removes what is over by now from the store; costs nothing when nothing is. */
  sweep(): Promise<void>;
}

/** Each process looks at the store this often. */
export const LOOK_EVERY_MS = 5_000;
/** Two looks: no process signs with a key that another one doesn't publish yet. */
export const SHORTEST_LEAD = 2 * LOOK_EVERY_MS;
/** How long others may keep the key set, in seconds. */
export const KEY_SET_MAX_AGE = 300;
/** Whoever keeps the key set no longer than that has met a new key long before it signs. */
export const USUAL_LEAD = 2 * KEY_SET_MAX_AGE * 1000;

export interface KeysDeps {
  store: KeyStore;
  vault: Vault;
  clock: Clock;
  /** Seconds: how long an ID token may come back as a hint. */
  longestSession: number;
}

/** Loads the keys of the installation, making those that are missing; processes that start at once agree on one set. */
export async function loadKeys({ store, vault, clock, longestSession }: KeysDeps): Promise<Keys> {
  const cookies = await loadCookieKeys({ store, vault, clock });
  let records: KeyRecord[] = [];
  let known: string | undefined;
  let ring: KeyRing;

  const at = (found: readonly KeyRecord[]) => keysAt(found, clock(), longestSession * 1000);

  async function read(): Promise<KeyRecord[]> {
    return (await Promise.all([store.list('signing'), store.list('encryption')])).flat();
  }

  async function readComplete(): Promise<KeyRecord[]> {
    const found = await read();
    const missing = keyAlgs.filter(
      (alg) => !found.some(({ id }) => id.startsWith(`${purposeOf(alg)}/${alg}/`)),
    );
    if (missing.length === 0) return found;
    const now = clock();
    await Promise.all(
      missing.map(async (alg) =>
        store.create(await newKey({ alg, generation: 1, now, activeFrom: now }, vault)),
      ),
    );
    return read();
  }

  async function refresh(): Promise<boolean> {
    records = await readComplete();
    const keys = at(records);
    const seen = keys.map(({ kid, state }) => `${kid} ${state}`).join();
    if (seen === known) return false;
    ring = {
      privateJwks: keys.map(({ record }) => privateJwk(record, vault)),
      publishedJwks: keys.filter(isPublished).map(({ record }) => record.publicJwk!),
      cookies,
    };
    known = seen;
    return true;
  }

  async function rotateOne(alg: KeyAlg, lead: number): Promise<RotatedKey> {
    for (;;) {
      const now = clock();
      const activeFrom = now + Math.max(lead, SHORTEST_LEAD);
      const keys = at(await readComplete()).filter((key) => key.alg === alg);
      const newest = keys.reduce((a, b) => (a.generation > b.generation ? a : b));
      // Another rotation is under way that ends as early, or hardly later.
      if (newest.state === 'published' && newest.activeFrom <= activeFrom + SHORTEST_LEAD)
        return { key: newest, made: false };
      const record = await newKey({ alg, generation: newest.generation + 1, now, activeFrom }, vault);
      if (!(await store.create(record))) continue;
      const key = at([...keys.map((each) => each.record), record]).find(
        ({ record: { id } }) => id === record.id,
      );
      return { key: key!, made: true };
    }
  }

  await refresh();
  return {
    ring: () => ring,
    refresh,
    list: async () => at(await read()),
    rotate: (algs, lead) => Promise.all(algs.map((alg) => rotateOne(alg, lead))),

    async remove(kid) {
      const found = await read();
      const key = at(found).find((each) => each.kid === kid);
      if (!key) throw new RejectedError('not_found', `There is no key with the id ${kid}.`);
      const others = at(found).filter((each) => each.alg === key.alg && each.kid !== kid);
      if (!others.some(isPublished)) {
        throw new RejectedError(
          'conflict',
          `${kid} is the only key for ${key.alg}. Make another one first: gatehouse keys rotate --alg ${key.alg} --now`,
        );
      }
      await store.remove(key.record.id);
      return key;
    },

    async sweep() {
      const alive = new Set(at(records).map(({ record }) => record.id));
      const over = records.filter(({ id }) => !alive.has(id));
      for (const { id } of over) await store.remove(id);
      records = records.filter(({ id }) => alive.has(id));
    },
  };
}

async function loadCookieKeys({ store, vault, clock }: Pick<KeysDeps, 'store' | 'vault' | 'clock'>) {
  if (!(await store.find('cookie/1'))) {
    const sealed = vault.seal('cookie-key', randomBytes(32).toString('base64url'));
    await store.create({ id: 'cookie/1', purpose: 'cookie', sealed, createdAt: clock() });
  }
  return (await store.list('cookie')).map((key) => vault.open('cookie-key', key.sealed)).reverse();
}
