import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { allowedBy, publicAddresses } from './outbound.js';

const LONGEST_MS = 2500;

/** Posts a body and returns the status; rejects when there is no answer in time. */
export type OutboundPost = (
  url: string,
  message: { headers: Record<string, string>; body: string },
) => Promise<number>;

/**
 * Posts of our own, under the rules of `createOutboundFetch`, which needs the library's requests around it: private
 * addresses are refused unless the operator has named the host, and the connection goes to the very address that was
 * looked at. Redirects are not followed, and what is answered is not read.
 */
export function createOutboundPost(allowedHosts: readonly string[]): OutboundPost {
  const isAllowed = allowedBy(allowedHosts);
  return async (address, { headers, body }) => {
    const url = new URL(address);
    const options: RequestOptions = {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(LONGEST_MS),
      agent: false,
      ...(isAllowed(url) ? {} : { lookup: answering(await publicAddresses(url.hostname)) }),
    };
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      send(url, options, (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      })
        .on('error', reject)
        .end(body);
    });
  };
}

/** What was looked up and looked at, once more: a second look-up could have another answer. */
function answering(addresses: { address: string; family: number }[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}
