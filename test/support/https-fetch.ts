import { request } from 'node:https';
import type { Certificate } from './certificates.js';

export interface HttpsOptions {
  /** Whom to believe about the server. */
  ca: string;
  /** What to show of oneself. */
  certificate?: Pick<Certificate, 'cert' | 'key'> | undefined;
}

/** `fetch` on a TLS connection of its own for each request, as one that shows a certificate wants it. */
export function httpsFetch({ ca, certificate }: HttpsOptions): typeof fetch {
  return async (input, init = {}) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const headers = {
      ...Object.fromEntries(asked.headers),
      ...(body.length > 0 && { 'content-length': String(body.length) }),
    };
    return new Promise((resolve, reject) => {
      const { method, url } = asked;
      const sent = request(url, { method, headers, ca, ...certificate, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const answered = new Headers();
          for (const [name, values = []] of Object.entries(answer.headersDistinct))
            for (const value of values) answered.append(name, value);
          const status = answer.statusCode ?? 0;
          resolve(new Response(status === 204 ? null : Buffer.concat(chunks), { status, headers: answered }));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
