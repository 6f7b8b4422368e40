import type { ServiceRecord } from '../store/services.js';

/** The errors of RFC 8693 2.2.2 and RFC 6749 5.2. */
export interface Refusal {
  error: 'invalid_request' | 'invalid_target' | 'invalid_scope' | 'unauthorized_client';
  because: string;
}

export function isRefusal(outcome: object): outcome is Refusal {
  return 'error' in outcome;
}

export type FindService = (resource: string) => Promise<ServiceRecord | undefined>;

/**
 * The one service that a token is asked for: one audience per token (RFC 9700 2.3). One answer for what doesn't exist and
 * what isn't allowed: clients can't probe for services.
 */
export async function askedService(
  targets: readonly string[],
  allowed: readonly string[],
  findService: FindService,
): Promise<ServiceRecord | Refusal> {
  const [target, ...others] = new Set(targets);
  if (target === undefined)
    return { error: 'invalid_request', because: 'the request has to name the service' };
  if (others.length > 0) return { error: 'invalid_target', because: 'a token is for one service' };
  const service = allowed.includes(target) ? await findService(target) : undefined;
  return service ?? { error: 'invalid_target', because: 'the client may not ask tokens for this resource' };
}
