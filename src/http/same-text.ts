import { timingSafeEqual } from 'node:crypto';

/** Whether what was sent is what was expected; the time that it takes does not tell how much of it. */
export function sameText(sent: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(sent ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
