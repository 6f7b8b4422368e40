import { expect, test } from '@jest/globals';
import { describeEachStore } from '../support/stores.js';

describeEachStore('replays', (open) => {
  test('a key is new once', async () => {
    const { store, clock } = await open();
    const until = clock.now() + 1000;
    expect(await store.replays.remember('jti', until)).toBe(true);
    expect(await store.replays.remember('jti', until)).toBe(false);
    expect(await store.replays.remember('other', until)).toBe(true);
  });

  test('of 100 parallel calls exactly one is the first', async () => {
    const { store, clock } = await open();
    const tries = Array.from({ length: 100 }, () => store.replays.remember('jti', clock.now() + 1000));
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
  });

  test('a second call does not move the end, after which the key is new again: for one of 100', async () => {
    const { store, clock } = await open();
    await store.replays.remember('jti', clock.now() + 1000);
    clock.advance(999);
    expect(await store.replays.remember('jti', clock.now() + 5000)).toBe(false);
    clock.advance(1);
    const tries = Array.from({ length: 100 }, () => store.replays.remember('jti', clock.now() + 1000));
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
  });
});
