import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** IPv4-mapped IPv6 addresses are written as what they are. */
function unmapped(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address);
  return mapped?.[1] ?? address;
}

function networks(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}

/** Tells addresses of trusted proxies from all others. */
function trust(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusted = networks(trustedProxies);
  return (address) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether whoever is at the other end of the connection is a trusted proxy. */
export function isTrustedProxy(trustedProxies: readonly string[]): (request: IncomingMessage) => boolean {
  const isTrusted = trust(trustedProxies);
  return ({ socket }) => socket.remoteAddress !== undefined && isTrusted(unmapped(socket.remoteAddress));
}

/**
 * Finds the address of the client. `X-Forwarded-For` is read from its right end, for as long as the one who added an
 * entry is a trusted proxy: what a client writes into it itself stands to the left and never counts.
 */
export function clientAddressFrom(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isTrusted = trust(trustedProxies);
  return (request) => {
    let address = unmapped(request.socket.remoteAddress ?? '0.0.0.0');
    if (trustedProxies.length === 0) return address;
    const header = request.headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? ''))
      .split(',')
      .map((hop) => unmapped(hop.trim()));
    while (isTrusted(address)) {
      const hop = hops.pop();
      if (hop === undefined || isIP(hop) === 0) break;
      address = hop;
    }
    return address;
  };
}

const FORWARDED_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/** Whether somebody in front of us speaks for a client. */
export function isForwarded(request: IncomingMessage): boolean {
  return FORWARDED_HEADERS.some((name) => request.headers[name] !== undefined);
}
