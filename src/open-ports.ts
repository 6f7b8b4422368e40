import type { RequestListener } from 'node:http';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import { listenOn, type Listener } from './http/listener.js';
import { askForCertificates, readTls } from './http/tls.js';
import { watchCertificate } from './http/watch-certificate.js';

/**
 * Opens the port, and the one for clients with certificates where they have their own (RFC 8705 5); `authorities` are
 * theirs, in PEM.
 */
export async function openPorts(
  { listen, mutualTls }: Config,
  authorities: string | undefined,
  handler: RequestListener,
  log: Logger,
  lookEveryMs?: number,
): Promise<Omit<Listener, 'renew'>> {
  const { host, port, tls: files } = listen;
  const tls = files && readTls(files);
  const plain = (options: SecureContextOptions): TlsOptions => options;
  const asking = (options: SecureContextOptions) => askForCertificates(options, authorities);
  const asksHere = mutualTls !== undefined && !mutualTls.header && mutualTls.port === undefined;
  const completeFirst = asksHere ? asking : plain;

  const first = await listenOn({ host, port }, handler, tls && completeFirst(tls));
  const ports: [Listener, typeof plain][] = [[first, completeFirst]];
  if (tls && mutualTls?.port !== undefined) {
    const at = { host, port: mutualTls.port, variable: 'MTLS_PORT' };
    ports.push([await listenOn(at, handler, asking(tls)), asking]);
  }

  const renew = (renewed: SecureContextOptions) => {
    for (const [listener, complete] of ports) listener.renew(complete(renewed));
  };
  const renewal = files && tls && watchCertificate(files, tls, { renew }, log, lookEveryMs);
  return {
    address: first.address,
    answerWith(next) {
      for (const [listener] of ports) listener.answerWith(next);
    },
    async drain(seconds) {
      renewal?.stop();
      await Promise.all(ports.map(([listener]) => listener.drain(seconds)));
    },
  };
}
