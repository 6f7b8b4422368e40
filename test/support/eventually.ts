import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks again and again until there is something to see, and returns it. A look that fails counts as nothing seen; what
 * it failed with is told when time is up. The time is real also where a test has set the clock.
 */
export async function eventually<T>(look: () => T | Promise<T>, withinMs = 10_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  let failure: unknown;
  while (performance.now() < deadline) {
    try {
      const seen = await look();
      if (seen) return seen;
    } catch (error) {
      failure = error;
    }
    await pause(20);
  }
  throw new Error(`did not come true within ${withinMs} ms: ${look.toString()}`, { cause: failure });
}
