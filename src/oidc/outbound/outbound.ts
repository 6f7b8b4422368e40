import { lookup as lookUp } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isAllowedHost, isPrivateAddress } from '../../domain/private-hosts.js';

type Fetch = typeof globalThis.fetch;

/** For how long a request of our own is waited for, in milliseconds: as the library waits for its own. */
export const OUTBOUND_TIMEOUT_MS = 2500;

/**
 * Outbound requests (jwks_uri, back-channel logout, …). A host that resolves to a private address is refused before
 * anything is sent there; the library's dispatcher looks again at the address it has connected to, so that a name whose
 * answer changes in between is caught, too. For hosts that the operator has named both are left out. A request that
 * comes without the dispatcher is refused: the guard could not be set up. Redirects are never followed.
 */
export function createOutboundFetch(allowedHosts: readonly string[]): Fetch {
  const allowed = allowedHosts.map((host) => host.toLowerCase());
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { dispatcher, ...rest } = (init ?? {}) as RequestInit & { dispatcher?: unknown };
    if (isAllowedHost(url, allowed)) return fetch(input, { ...rest, redirect: 'manual' });
    if (dispatcher === undefined)
      throw new Error('outbound request refused: the guard against private addresses is missing');
    await refusePrivateAddress(url.hostname);
    return fetch(input, { ...init, redirect: 'manual' });
  };
}

/**
 * The dispatcher for requests of our own, in place of the library's: it connects to no name that has a private address
 * at that very moment. Undefined where `fetch` is not Node's own, so that the guard refuses.
 */
export function createGuardedDispatcher(): object | undefined {
  const key = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].find((name) => agentAt(name));
  const Agent = key === undefined ? undefined : agentAt(key)?.constructor;
  // No connection is kept: requests come one by one, and each looks its address up anew.
  return Agent && new Agent({ connect: { lookup: lookUpPublic }, pipelining: 0 });
}

type Agent = object & { constructor: new (options: object) => object };

function agentAt(name: string): Agent | undefined {
  // Node loads what is behind `fetch` at its first use.
  void globalThis.Response;
  return (globalThis as unknown as Record<symbol, Agent | undefined>)[Symbol.for(name)];
}

const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    if (addresses.some(isPrivate)) return callback(refusal(hostname), '');
    if (options.all) return callback(null, addresses);
    const [{ address, family } = { address: '', family: 0 }] = addresses;
    callback(null, address, family);
  });
};

async function refusePrivateAddress(hostname: string): Promise<void> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/gu, ''), { all: true });
  if (addresses.some(isPrivate)) throw refusal(hostname);
}

function isPrivate({ address, family }: { address: string; family: number }): boolean {
  return isPrivateAddress(address, family);
}

function refusal(hostname: string): Error {
  return new Error(
    `outbound request refused: ${hostname} has a private address; OUTBOUND_ALLOWED_HOSTS can allow it`,
  );
}
