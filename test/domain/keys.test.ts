import { expect, test } from '@jest/globals';
import { RejectedError } from '../../src/domain/faults.js';
import { LONGEST_TOKEN, type Key } from '../../src/domain/key-life.js';
import { loadKeys, SHORTEST_LEAD, USUAL_LEAD, type Keys } from '../../src/domain/keys.js';
import { keyAlgs } from '../../src/domain/new-key.js';
import { createVault } from '../../src/domain/vault.js';
import type { Store } from '../../src/store/store.js';
import { inParallel } from '../support/flow.js';
import { describeEachStore, type OpenStore } from '../support/stores.js';

const SESSION_SECONDS = 14 * 24 * 3600;
const SESSION = SESSION_SECONDS * 1000;
const vault = createVault(new Uint8Array(32));

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

async function openKeys(open: OpenStore) {
  const { store, clock, openAnother } = await open();
  const load = (of: Store): Promise<Keys> =>
    loadKeys({ store: of.keys, vault, clock: clock.now, longestSession: SESSION_SECONDS });
  const keys = await load(store);
  return {
    store,
    clock,
    keys,
    load: () => load(store),
    loadElsewhere: async () => load(await openAnother()),
    /** Those of one algorithm as `state kid`. */
    states: async (alg: string) =>
      (await keys.list()).filter((key) => key.alg === alg).map(({ state, kid }) => `${state} ${kid}`),
    kidOf: async (alg: string): Promise<string> => (await keys.list()).find((key) => key.alg === alg)!.kid,
  };
}

/** What is in the ring for one algorithm, by kid. */
function inRing(keys: Keys, alg: string) {
  const kids = (jwks: readonly object[]) =>
    (jwks as { alg: string; kid: string }[]).filter((jwk) => jwk.alg === alg).map(({ kid }) => kid);
  const { privateJwks, publishedJwks } = keys.ring();
  return { held: kids(privateJwks), published: kids(publishedJwks) };
}

describeEachStore('the keys of an installation', (open) => {
  test('are one for each algorithm, each with a name of its own', async () => {
    const { keys } = await openKeys(open);
    const { privateJwks, publishedJwks } = keys.ring();
    expect(privateJwks.map(({ alg }) => alg)).toEqual(keyAlgs);
    expect(publishedJwks.map(({ kid }) => kid)).toEqual(privateJwks.map(({ kid }) => kid));
    expect(new Set(publishedJwks.map(({ kid }) => kid)).size).toBe(keyAlgs.length);
    for (const jwk of publishedJwks) {
      expect(privateMembers.filter((name) => jwk[name] !== undefined)).toEqual([]);
    }
  });

  test('are one set, however many processes start at once on an empty store', async () => {
    const { store, clock, openAnother } = await open();
    const stores = [store, await openAnother(), await openAnother()];
    const loaded = await Promise.all(
      stores.map((each) =>
        loadKeys({ store: each.keys, vault, clock: clock.now, longestSession: SESSION_SECONDS }),
      ),
    );
    const [first, ...others] = loaded.map((keys) => keys.ring());
    for (const other of others) expect(other).toEqual(first);
  });

  test('of a store from before are kept, with their names; what is missing is added', async () => {
    const { store, keys, load } = await openKeys(open);
    const before = (await keys.list()).find(({ alg }) => alg === 'RS256')!;
    const { activeFrom: _, ...old } = before.record;
    for (const key of await keys.list()) await store.keys.remove(key.record.id);
    await store.keys.create(old);
    const now = await (await load()).list();
    expect(now.map(({ alg, state }) => `${alg} ${state}`)).toEqual(keyAlgs.map((alg) => `${alg} active`));
    expect(now[0]).toMatchObject({ kid: before.kid, activeFrom: old.createdAt });
  });
});

describeEachStore('a key that is rotated', (open) => {
  test('is followed by one that is published first, and used from the time on that was said', async () => {
    const { keys, clock, states, kidOf } = await openKeys(open);
    const old = await kidOf('RS256');
    const [rotated] = await keys.rotate(['RS256'], USUAL_LEAD);
    const next = rotated!.key.kid;
    expect(rotated).toMatchObject({
      made: true,
      key: { state: 'published', activeFrom: clock.now() + USUAL_LEAD },
    });
    expect(await keys.refresh()).toBe(true);
    expect(inRing(keys, 'RS256')).toEqual({ held: [old, next], published: [old, next] });

    clock.advance(USUAL_LEAD - 1);
    expect(await keys.refresh()).toBe(false);
    expect(await states('RS256')).toEqual([`active ${old}`, `published ${next}`]);

    clock.advance(1);
    expect(await keys.refresh()).toBe(true);
    expect(await states('RS256')).toEqual([`active ${next}`, `retired ${old}`]);
    expect(inRing(keys, 'RS256')).toEqual({ held: [next, old], published: [next, old] });
  });

  test('stays published until the last token that it can have signed is over, and a hint until the session is', async () => {
    const { keys, clock, kidOf, store } = await openKeys(open);
    const old = await kidOf('ES256');
    const oldId = (await keys.list()).find(({ kid }) => kid === old)!.record.id;
    await keys.rotate(['ES256'], 0);
    const next = (await keys.list()).find((key) => key.alg === 'ES256' && key.kid !== old)!.kid;
    clock.advance(SHORTEST_LEAD + LONGEST_TOKEN - 1);
    await keys.refresh();
    expect(inRing(keys, 'ES256')).toEqual({ held: [next, old], published: [next, old] });

    clock.advance(1);
    await keys.refresh();
    expect(inRing(keys, 'ES256')).toEqual({ held: [next, old], published: [next] });

    clock.advance(SESSION - LONGEST_TOKEN - 1);
    await keys.refresh();
    await keys.sweep();
    expect(inRing(keys, 'ES256').held).toEqual([next, old]);
    expect(await store.keys.find(oldId)).toBeDefined();

    clock.advance(1);
    await keys.refresh();
    expect(inRing(keys, 'ES256')).toEqual({ held: [next], published: [next] });
    await keys.sweep();
    expect(await store.keys.find(oldId)).toBeUndefined();
    expect(await keys.refresh()).toBe(false);
  });

  test('and decrypts is withdrawn when its successor takes over, and still decrypts for a day', async () => {
    const { keys, clock, states, kidOf } = await openKeys(open);
    const old = await kidOf('ECDH-ES');
    const [rotated] = await keys.rotate(['ECDH-ES'], 0);
    const next = rotated!.key.kid;
    clock.advance(SHORTEST_LEAD);
    await keys.refresh();
    expect(await states('ECDH-ES')).toEqual([`active ${next}`, `withdrawn ${old}`]);
    expect(inRing(keys, 'ECDH-ES')).toEqual({ held: [next, old], published: [next] });
    clock.advance(24 * 3600 * 1000);
    await keys.refresh();
    expect(inRing(keys, 'ECDH-ES').held).toEqual([next]);
  });

  test('no process signs with a key that another one may not know yet, not even at once', async () => {
    const { keys, clock } = await openKeys(open);
    const [rotated] = await keys.rotate(['EdDSA'], 0);
    expect(rotated!.key.activeFrom).toBe(clock.now() + SHORTEST_LEAD);
  });

  test('leaves the other algorithms alone', async () => {
    const { keys } = await openKeys(open);
    const others = (all: Key[]) => all.filter(({ alg }) => alg !== 'PS256').map(({ kid }) => kid);
    const before = others(await keys.list());
    await keys.rotate(['PS256'], 0);
    expect(others(await keys.list())).toEqual(before);
  });

  test('has one successor, however many operators ask for one at once', async () => {
    const { keys, loadElsewhere } = await openKeys(open);
    const processes = [keys, await loadElsewhere()];
    const answers = await inParallel(12, (index) => processes[index % 2]!.rotate(['ES384'], USUAL_LEAD));
    const rotated = answers.flat();
    expect(rotated.filter(({ made }) => made)).toHaveLength(1);
    expect(new Set(rotated.map(({ key }) => key.kid)).size).toBe(1);
    expect((await keys.list()).filter(({ alg }) => alg === 'ES384')).toHaveLength(2);
  });

  test('has one more successor for those who can not wait for the first', async () => {
    const { keys, clock, states, kidOf } = await openKeys(open);
    const old = await kidOf('ES256');
    const [late] = await keys.rotate(['ES256'], USUAL_LEAD);
    const rotated = (await inParallel(5, () => keys.rotate(['ES256'], 0))).flat();
    expect(rotated.filter(({ made }) => made)).toHaveLength(1);
    const soon = rotated[0]!.key.kid;
    clock.advance(SHORTEST_LEAD);
    expect(await states('ES256')).toEqual([`active ${soon}`, `retired ${old}`, `retired ${late!.key.kid}`]);
    clock.advance(USUAL_LEAD);
    expect((await states('ES256'))[0]).toBe(`active ${soon}`);
  });

  test('is in the right order also after the ninth time', async () => {
    const { keys, clock } = await openKeys(open);
    let last = '';
    for (let time = 0; time < 11; time += 1) {
      const [rotated] = await keys.rotate(['EdDSA'], 0);
      last = rotated!.key.kid;
      clock.advance(SHORTEST_LEAD);
    }
    await keys.refresh();
    expect(inRing(keys, 'EdDSA').held[0]).toBe(last);
  });
});

describeEachStore('a key that is removed', (open) => {
  test('is gone at once, and the one before or after it takes its place', async () => {
    const { keys, clock, states, kidOf } = await openKeys(open);
    const first = await kidOf('RS256');
    const second = (await keys.rotate(['RS256'], 0))[0]!.key.kid;
    expect(await keys.remove(first)).toMatchObject({ kid: first, alg: 'RS256' });
    expect(await states('RS256')).toEqual([`active ${second}`]);
    await keys.refresh();
    expect(inRing(keys, 'RS256')).toEqual({ held: [second], published: [second] });

    clock.advance(SHORTEST_LEAD);
    const third = (await keys.rotate(['RS256'], 0))[0]!.key.kid;
    clock.advance(SHORTEST_LEAD);
    await keys.remove(third);
    expect(await states('RS256')).toEqual([`active ${second}`]);
  });

  test('can not be the only one, nor leave one alone that nobody knows any more', async () => {
    const { keys, clock, kidOf } = await openKeys(open);
    const old = await kidOf('RS256');
    const refused = { code: 'conflict', message: expect.stringContaining('keys rotate --alg RS256 --now') };
    await expect(keys.remove(old)).rejects.toMatchObject(refused);
    const next = (await keys.rotate(['RS256'], 0))[0]!.key.kid;
    clock.advance(SHORTEST_LEAD + LONGEST_TOKEN);
    await expect(keys.remove(next)).rejects.toMatchObject(refused);
    await keys.remove(old);
  });

  test('must be there', async () => {
    const { keys } = await openKeys(open);
    await expect(keys.remove('0123456789abcdef')).rejects.toThrow(RejectedError);
  });

  test('by two operators who each remove the other one leaves none: the next look makes another', async () => {
    const { store, keys } = await openKeys(open);
    const before = (await keys.list()).filter(({ alg }) => alg === 'PS256');
    for (const { record } of before) await store.keys.remove(record.id);
    expect(await keys.refresh()).toBe(true);
    const [made, ...more] = inRing(keys, 'PS256').held;
    expect(more).toEqual([]);
    expect(made).not.toBe(before[0]!.kid);
  });
});
