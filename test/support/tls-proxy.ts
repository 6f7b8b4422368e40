import { X509Certificate } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.js';
import { openServer } from './open-server.js';

/** What an operator has in front of Gatehouse: it ends TLS, and passes the client's certificate on in a header. */
export interface TlsProxy {
  close(): Promise<void>;
}

/** How nginx, RFC 9440 and Envoy write a certificate. */
export const written = {
  pem: ({ cert }: { cert: string }) => encodeURIComponent(cert),
  rfc9440: ({ cert }: { cert: string }) => `:${new X509Certificate(cert).raw.toString('base64')}:`,
  xfcc: ({ cert }: { cert: string }) =>
    `Hash=${'a1'.repeat(32)};Cert="${encodeURIComponent(cert)}";Subject="CN=a,O=\\"b\\"";URI=`,
};

export async function startTlsProxy(options: {
  port: number;
  to: number;
  certificate: Pick<Certificate, 'cert' | 'key'>;
  header: string;
  write?: (certificate: { cert: string }) => string;
}): Promise<TlsProxy> {
  const { port, to, certificate, header, write = written.pem } = options;
  const tls = { ...certificate, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, (incoming, outgoing) => {
    const shown = (incoming.socket as TLSSocket).getPeerX509Certificate();
    const headers: IncomingHttpHeaders = { ...incoming.headers };
    delete headers[header.toLowerCase()];
    if (shown) headers[header] = write({ cert: shown.toString() });
    const { method, url: path } = incoming;
    const passedOn = request(
      { host: '127.0.0.1', port: to, method, path, headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passedOn.on('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  const { close } = await openServer(server, port);
  return { close };
}
