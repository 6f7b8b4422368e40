import { BlockList, isIP } from 'node:net';

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
    // This machine, and IPv4 addresses as they were first written in IPv6.
    '::/96',
    '::ffff:0:0/96',
    // Translators and relays, behind which any IPv4 address can be: NAT64, Teredo, 6to4.
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '2001::/32',
    '2002::/16',
    '100::/64',
    '100:0:0:1::/64',
    '2001:db8::/32',
    '3fff::/20',
    '5f00::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ],
];

const privateAddresses = new BlockList();
for (const network of PRIVATE_NETWORKS) {
  const [address = '', prefix] = network.split('/');
  privateAddresses.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Names that no public name server answers for: RFC 6761 6, RFC 6762 3, RFC 8375 4, and ICANN's `internal`. */
const PRIVATE_DOMAINS = ['localhost', 'local', 'internal', 'home.arpa'];

export function isPrivateAddress(address: string, family: number): boolean {
  return privateAddresses.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether the operator has allowed it: `allowed` are hosts, `host` or `host:port`. */
export function isAllowedHost({ host, hostname }: URL, allowed: readonly string[]): boolean {
  return allowed.includes(host) || allowed.includes(hostname);
}

/** Whether a host is private by what it is called; `hostname` as URL gives it. A public name may lead inside still. */
export function isPrivateHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/gu, '');
  const family = isIP(bare);
  if (family !== 0) return isPrivateAddress(bare, family);
  return !bare.includes('.') || PRIVATE_DOMAINS.some((domain) => `.${bare}`.endsWith(`.${domain}`));
}
