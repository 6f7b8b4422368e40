import { passwordSignIn } from './sign-in.js';

/** A way to sign in, and which `acr` values it is good for besides its own. */
export interface AuthenticationContext {
  acr: string;
  /** Other values that ask for no more than it gives. */
  satisfies: readonly string[];
}

/** From the weakest to the strongest: each satisfies those before it. */
export const authenticationContexts: readonly AuthenticationContext[] = ranked([passwordSignIn.acr]);

/** @param acrs from the weakest to the strongest */
export function ranked(acrs: readonly string[]): AuthenticationContext[] {
  return acrs.map((acr, rank) => ({ acr, satisfies: acrs.slice(0, rank) }));
}

/**
 * What is to become of a request for one of the `wanted` values.
 *
 * - `satisfied`: the session is as good as that.
 * - `sign-in`: a sign-in can be.
 * - `unreachable`: none here can be; asking the person again would be in vain.
 */
export type ContextVerdict = 'satisfied' | 'sign-in' | 'unreachable';

/** @param exactly whether the value itself is wanted, and a stronger one won't do */
export function judgeContext(
  wanted: readonly string[],
  current: string | undefined,
  {
    exactly = false,
    contexts = authenticationContexts,
  }: { exactly?: boolean; contexts?: readonly AuthenticationContext[] } = {},
): ContextVerdict {
  const isGood = ({ acr, satisfies }: AuthenticationContext) =>
    wanted.includes(acr) || (!exactly && satisfies.some((other) => wanted.includes(other)));
  // Also a value that no sign-in here leads to any more, as of a method that was taken away.
  const now = contexts.find(({ acr }) => acr === current) ?? { acr: current ?? '', satisfies: [] };
  if (current !== undefined && isGood(now)) return 'satisfied';
  return contexts.some(isGood) ? 'sign-in' : 'unreachable';
}
