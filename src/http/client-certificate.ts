import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { MutualTls } from '../config.js';
import { AppError } from '../domain/app-error.js';
import { readCertificateHeader } from './certificate-header.js';
import { isTrustedProxy } from './client-address.js';

/** A certificate whose key the client holds: it, or a proxy for us, has shown so in its TLS handshake. */
export interface ShownCertificate {
  readonly certificate: X509Certificate;
  /** Whether OpenSSL has found an authority of ours above it, or what it misses; undefined: it was not asked. */
  readonly verified?: true | string;
}

/** Throws an AppError for requests in which a certificate stands where none may. */
export type CertificateReader = (request: IncomingMessage) => ShownCertificate | undefined;

/** Where the certificate of a client is looked for: in its connection, or in what a trusted proxy says of it. */
export function createCertificateReader(
  mutualTls: MutualTls | undefined,
  trustedProxies: readonly string[],
): CertificateReader {
  if (!mutualTls) return () => undefined;
  const { header, origin } = mutualTls;
  if (!header) return certificateOfConnection;
  const readings = new WeakMap<IncomingMessage, ShownCertificate | undefined>();
  const isTrusted = isTrustedProxy(trustedProxies);
  const host = origin === undefined ? undefined : new URL(origin).host;

  return (request) => {
    if (!readings.has(request)) readings.set(request, readHeader(request, header));
    return readings.get(request);
  };

  function readHeader(
    request: IncomingMessage,
    { name, format }: NonNullable<MutualTls['header']>,
  ): ShownCertificate | undefined {
    const value = onlyHeader(request, name);
    if (value === undefined) return undefined;
    if (!isTrusted(request)) throw refused('a certificate in a header that is not from a trusted proxy');
    if (value === '') return undefined;
    if (host !== undefined && request.headers.host?.toLowerCase() !== host)
      throw refused(`a certificate in a header of a request that did not come to ${host}`);
    try {
      return { certificate: readCertificateHeader(value, format) };
    } catch (error) {
      throw refused('a certificate in a header that cannot be read', error);
    }
  }
}

function certificateOfConnection(request: IncomingMessage): ShownCertificate | undefined {
  const socket = request.socket as Partial<TLSSocket>;
  const certificate = socket.getPeerX509Certificate?.();
  return certificate && { certificate, verified: socket.authorized || String(socket.authorizationError) };
}

/**
 * The header by exactly its name. One that is there twice, or by a name that a proxy may take for the same (`_` for
 * `-`, as in CGI) and so neither removes nor sets, is somebody's attempt to add to what the proxy says.
 */
function onlyHeader({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  const found = rawHeaders.flatMap((given, index) => {
    const isName = index % 2 === 0 && given.toLowerCase().replaceAll('_', '-') === name;
    return isName ? [{ exact: given.toLowerCase() === name, value: rawHeaders[index + 1] ?? '' }] : [];
  });
  if (found.length > 1 || found.some(({ exact }) => !exact)) throw refused('a doubled certificate header');
  return found[0]?.value;
}

function refused(message: string, cause: unknown = new Error(message)): AppError {
  return new AppError('bad_request', 400, { message, cause });
}
