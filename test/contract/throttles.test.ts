import { expect, test } from '@jest/globals';
import { describeContract } from '../support/stores.js';

describeContract('throttles', (open) => {
  test('100 parallel hits: none is lost and none counted twice', async () => {
    const { store, clock } = await open();
    const states = await Promise.all(Array.from({ length: 100 }, () => store.throttles.hit('ann', 1000)));
    expect(states.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(await store.throttles.peek('ann')).toEqual({ count: 100, resetAt: clock.now() + 1000 });
    expect(await store.throttles.peek('bob')).toBeUndefined();
  });

  test('the window starts with the first hit and later ones do not move it', async () => {
    const { store, clock } = await open();
    const resetAt = clock.now() + 1000;
    expect(await store.throttles.hit('ann', 1000)).toEqual({ count: 1, resetAt });
    clock.advance(999);
    expect(await store.throttles.hit('ann', 1000)).toEqual({ count: 2, resetAt });
    clock.advance(1);
    expect(await store.throttles.peek('ann')).toBeUndefined();
    expect(await store.throttles.hit('ann', 500)).toEqual({ count: 1, resetAt: clock.now() + 500 });
  });

  test('after the window, 50 parallel hits start one new window', async () => {
    const { store, clock } = await open();
    await store.throttles.hit('ann', 1000);
    clock.advance(1000);
    const states = await Promise.all(Array.from({ length: 50 }, () => store.throttles.hit('ann', 1000)));
    expect(states.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });

  test('a hit is given back, never below 0', async () => {
    const { store } = await open();
    await store.throttles.giveBack('ann');
    expect(await store.throttles.hit('ann', 1000)).toMatchObject({ count: 1 });
    await store.throttles.hit('ann', 1000);
    await store.throttles.giveBack('ann');
    expect(await store.throttles.peek('ann')).toMatchObject({ count: 1 });
    await Promise.all([1, 2, 3].map(() => store.throttles.giveBack('ann')));
    expect((await store.throttles.peek('ann'))?.count ?? 0).toBe(0);
    expect(await store.throttles.hit('ann', 1000)).toMatchObject({ count: 1 });
  });

  test('a hit given back after the window ended takes nothing from the next', async () => {
    const { store, clock } = await open();
    await store.throttles.hit('ann', 1000);
    clock.advance(1000);
    await store.throttles.giveBack('ann');
    expect(await store.throttles.hit('ann', 1000)).toMatchObject({ count: 1 });
  });
});
