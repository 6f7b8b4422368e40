import { afterEach, beforeEach, jest } from '@jest/globals';

/** For `startGatehouse`, which would else keep the clock that ran before the test stopped it. */
export const wallClock = (): number => Date.now();

/**
 * The clock of this process stands still in each test of the suite, and goes on only when told to: ours, the library's,
 * and that of the app in the test. Timers, and what a database server does by itself, keep to real time.
 */
export function stopTheClock(): { pass(seconds: number): void } {
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: everythingBut('Date') });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  return {
    pass(seconds) {
      jest.setSystemTime(Date.now() + seconds * 1000);
    },
  };
}

const TIMERS = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'cancelAnimationFrame',
  'requestIdleCallback',
  'cancelIdleCallback',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** What is left alone when only these are to be faked. */
export function everythingBut(...faked: (typeof TIMERS)[number][]) {
  return TIMERS.filter((timer) => !faked.includes(timer));
}
