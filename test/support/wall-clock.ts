import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';

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

/**
 * As `stopTheClock`, for all tests of the suite together; what runs at intervals stands still as well. To be called before
 * what is to stand still is started.
 */
export function stopTheClockAndIntervals(): { pass(seconds: number): void; tick(seconds: number): void } {
  beforeAll(() => {
    const faked = everythingBut('Date', 'setInterval', 'clearInterval');
    jest.useFakeTimers({ now: Date.now(), doNotFake: faked });
  });
  afterAll(() => {
    jest.useRealTimers();
  });
  return {
    /** Later, with nothing done in between. */
    pass(seconds) {
      jest.setSystemTime(Date.now() + seconds * 1000);
    },
    /** What is due at an interval is done so often as it is. */
    tick(seconds) {
      jest.advanceTimersByTime(seconds * 1000);
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
