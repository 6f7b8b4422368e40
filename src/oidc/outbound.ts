import { lookup } from 'node:dns/promises';
import { isPrivateAddress } from '../domain/private-hosts.js';

type Fetch = typeof globalThis.fetch;

/**
 * Outbound requests (jwks_uri, back-channel logout, …). A host that resolves to a private address is refused before
 * anything is sent there; the library's dispatcher looks again at the address it has connected to, so that a name whose
 * answer changes in between is caught, too. For hosts that the operator has named both are left out. A request that
 * comes without the dispatcher is refused: the guard could not be set up. Redirects are never followed.
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
    await refusePrivateAddress(url.hostname);
    return fetch(input, { ...init, redirect: 'manual' });
  };
}

async function refusePrivateAddress(hostname: string): Promise<void> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/gu, ''), { all: true });
  if (addresses.some(({ address, family }) => isPrivateAddress(address, family))) {
    throw new Error(
      `outbound request refused: ${hostname} has a private address; OUTBOUND_ALLOWED_HOSTS can allow it`,
    );
  }
}
