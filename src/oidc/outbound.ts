import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

type Fetch = typeof globalThis.fetch;

/** RFC 6890 and its successors: addresses that mean this machine, this network, or nobody. */
const PRIVATE_NETWORKS = [
  ...[
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
  ],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
  ...[
    '::/128',
    '::1/128',
    '::ffff:0:0/96',
    '64:ff9b::/96',
    '100::/64',
    '2001:db8::/32',
    'fc00::/7',
    'fe80::/10',
    'ff00::/8',
  ],
];

const privateAddresses = new BlockList();
for (const network of PRIVATE_NETWORKS) {
  const [address = '', prefix] = network.split('/');
  privateAddresses.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Outbound requests (jwks_uri, back-channel logout, …). A host that resolves to a private address is refused before
 * anything is sent there; the library's dispatcher looks again at the address it has connected to, so that a name whose
 * answer changes in between is caught, too. For hosts that the operator has named both are left out. A request that
 * comes without the dispatcher is refused: the guard could not be set up. Redirects are never followed.
 */
export function createOutboundFetch(allowedHosts: readonly string[]): Fetch {
  const isAllowed = allowedBy(allowedHosts);
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { dispatcher, ...rest } = (init ?? {}) as RequestInit & { dispatcher?: unknown };
    if (isAllowed(url)) return fetch(input, { ...rest, redirect: 'manual' });
    if (dispatcher === undefined)
      throw new Error('outbound request refused: the guard against private addresses is missing');
    await publicAddresses(url.hostname);
    return fetch(input, { ...init, redirect: 'manual' });
  };
}

/** Whether the operator has named a host. */
export function allowedBy(hosts: readonly string[]): (url: URL) => boolean {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return ({ host, hostname }) => allowed.has(host) || allowed.has(hostname);
}

/** The addresses of a host, all of them public. */
export async function publicAddresses(hostname: string): Promise<LookupAddress[]> {
  const addresses = await lookup(hostname.replace(/^\[|\]$/gu, ''), { all: true });
  if (
    addresses.some(({ address, family }) => privateAddresses.check(address, family === 6 ? 'ipv6' : 'ipv4'))
  ) {
    throw new Error(
      `outbound request refused: ${hostname} has a private address; OUTBOUND_ALLOWED_HOSTS can allow it`,
    );
  }
  return addresses;
}
