import { expect, test } from '@jest/globals';
import { describeContract } from '../support/stores.js';

describeContract('replays', (open) => {
  test('a key is new once', async () => {
    const { store, clock } = await open();
    const until = clock.now() + 1000;
    expect(await store.replays.remember('jti', until)).toBe(true);
    expect(await store.replays.remember('jti', until)).toBe(false);
    expect(await store.replays.remember('other', until)).toBe(true);
  });

  test.each([
    ['within a millisecond', 0.25],
    ['later than any date', 1e300],
    ['later than any number', Infinity],
  ])('an end %s is one', async (_what, after) => {
    const { store, clock } = await open();
    expect(await store.replays.remember('jti', clock.now() + after)).toBe(true);
    expect(await store.replays.remember('jti', clock.now() + after)).toBe(false);
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
