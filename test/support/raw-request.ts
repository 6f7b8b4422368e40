import { request } from 'node:http';
import type { Instance } from './start.js';

export interface RawRequest {
  method?: string;
  /** As it is sent: nothing is resolved, encoded or tidied up. */
  target: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A request as no browser would send it, straight to the port; its Host is the issuer's unless another is given. */
export function rawRequest(
  { issuer, server }: Pick<Instance, 'issuer' | 'server'>,
  { method = 'GET', target, headers = {}, body }: RawRequest,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port: server.address.port,
      method,
      path: target,
      agent: false,
      headers: { host: new URL(issuer).host, ...headers },
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
