type Fetch = typeof globalThis.fetch;

/**
 * Outbound requests (jwks_uri, back-channel logout, …). The library hands over a dispatcher that refuses private
 * addresses after resolving them; for the hosts that the operator has named it is left out. A request that comes
 * without the dispatcher is refused: the guard could not be set up. Redirects are never followed.
 */
export function createOutboundFetch(allowedHosts: readonly string[]): Fetch {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { dispatcher, ...rest } = (init ?? {}) as RequestInit & { dispatcher?: unknown };
    if (allowed.has(url.host) || allowed.has(url.hostname))
      return fetch(input, { ...rest, redirect: 'manual' });
    if (dispatcher === undefined)
      throw new Error('outbound request refused: the guard against private addresses is missing');
    return fetch(input, { ...init, redirect: 'manual' });
  };
}
