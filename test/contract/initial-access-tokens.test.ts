import { expect, test } from '@jest/globals';
import type { InitialAccessTokenRecord } from '../../src/store/initial-access-tokens.js';
import { describeContract, type TestClock } from '../support/stores.js';

function token(clock: TestClock, members: Partial<InitialAccessTokenRecord> = {}): InitialAccessTokenRecord {
  return {
    id: 'i1',
    key: 'k1',
    name: 'Acme',
    quota: 2,
    left: 2,
    createdAt: clock.now(),
    expiresAt: clock.now() + 1000,
    ...members,
  };
}

describeContract('initialAccessTokens', (open) => {
  test('found by its key, and spent until nothing is left', async () => {
    const { store, clock } = await open();
    const { initialAccessTokens } = store;
    await initialAccessTokens.create(token(clock));
    expect(await initialAccessTokens.find('k1')).toEqual(token(clock));
    expect(await initialAccessTokens.find('i1')).toBeUndefined();
    expect(await initialAccessTokens.spend('k1')).toBe(true);
    expect(await initialAccessTokens.find('k1')).toEqual(token(clock, { left: 1 }));
    expect(await initialAccessTokens.spend('k1')).toBe(true);
    expect(await initialAccessTokens.spend('k1')).toBe(false);
    expect(await initialAccessTokens.find('k1')).toEqual(token(clock, { left: 0 }));
    expect(await initialAccessTokens.spend('k2')).toBe(false);
  });

  test('of 100 parallel calls exactly so many spend it as there are registrations left', async () => {
    const { store, clock } = await open();
    await store.initialAccessTokens.create(token(clock, { quota: 3, left: 3 }));
    const tries = Array.from({ length: 100 }, () => store.initialAccessTokens.spend('k1'));
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(3);
  });

  test('gone at the very millisecond at which it expires', async () => {
    const { store, clock } = await open();
    const { initialAccessTokens } = store;
    await initialAccessTokens.create(token(clock));
    clock.advance(999);
    expect(await initialAccessTokens.find('k1')).toBeDefined();
    clock.advance(1);
    expect(await initialAccessTokens.find('k1')).toBeUndefined();
    expect(await initialAccessTokens.spend('k1')).toBe(false);
    expect(await initialAccessTokens.remove('i1')).toBe(false);
    expect(await initialAccessTokens.list()).toEqual([]);
  });

  test('listed in order of creation, and removed by their ids', async () => {
    const { store, clock } = await open();
    const { initialAccessTokens } = store;
    const older = token(clock);
    await initialAccessTokens.create(older);
    const newer = token(clock, { id: 'i2', key: 'k2', createdAt: clock.now() + 1 });
    await initialAccessTokens.create(newer);
    expect(await initialAccessTokens.list()).toEqual([older, newer]);
    expect(await initialAccessTokens.remove('k1')).toBe(false);
    expect(await initialAccessTokens.remove('i1')).toBe(true);
    expect(await initialAccessTokens.remove('i1')).toBe(false);
    expect(await initialAccessTokens.list()).toEqual([newer]);
    expect(await initialAccessTokens.find('k1')).toBeUndefined();
  });
});
