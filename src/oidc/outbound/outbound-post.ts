import { createGuardedDispatcher, OUTBOUND_TIMEOUT_MS } from './outbound.js';

/** Posts a body and returns the status; rejects when there is no answer in time. */
export type OutboundPost = (
  url: string,
  message: { headers: Record<string, string>; body: string },
) => Promise<number>;

/** Posts of our own, through the guard of all outbound requests. What is answered is not read. */
export function createOutboundPost(guardedFetch: typeof globalThis.fetch): OutboundPost {
  const dispatcher = createGuardedDispatcher();
  return async (url, { headers, body }) => {
    const init = {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(OUTBOUND_TIMEOUT_MS),
      dispatcher,
    };
    const response = await guardedFetch(url, init as RequestInit);
    await response.body?.cancel().catch(() => undefined);
    return response.status;
  };
}
