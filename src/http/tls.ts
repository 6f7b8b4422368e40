import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SecureContextOptions, TlsOptions } from 'node:tls';

/** PEM files: the certificate with its chain, and its private key. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** The certificate can't be used; the message says what to do about it. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/**
 * What the port is opened with: TLS 1.3, or 1.2 with the suites that FAPI 2.0 allows (Security Profile 5.2.2, from
 * RFC 9325 4.2).
 *
 * @throws TlsError when the files can't be read or don't belong together
 */
export function readTls({ certificateFile, keyFile }: TlsFiles): SecureContextOptions {
  const cert = read(certificateFile, 'TLS_CERT_FILE');
  const key = read(keyFile, 'TLS_KEY_FILE');
  if (!belongTogether(cert, key, { certificateFile, keyFile })) {
    throw new TlsError(
      `The key in ${keyFile} (TLS_KEY_FILE) is not that of the certificate in ${certificateFile}.`,
    );
  }
  return { cert, key, minVersion: 'TLSv1.2', ciphers: SUITES, honorCipherOrder: true };
}

/**
 * Asks clients for a certificate (RFC 8705): they need none, and any will do. Whether one of `authorities` (PEM) issued
 * it is found out and told, not enforced: for `self_signed_tls_client_auth` and for bound tokens it does not matter.
 */
export function askForCertificates(tls: SecureContextOptions, authorities: string | undefined): TlsOptions {
  return {
    ...tls,
    requestCert: true,
    rejectUnauthorized: false,
    // With none given, Node would take those of the web.
    ca: authorities ?? [],
    // Another certificate, in the middle of a connection, would go by what was found out about the first.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

const SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

function read(file: string, variable: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new TlsError(`${variable} is ${file}, which cannot be read (${reason}).`, { cause: error });
  }
}

function belongTogether(cert: Buffer, key: Buffer, { certificateFile, keyFile }: TlsFiles): boolean {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (error) {
    throw new TlsError(`${certificateFile} (TLS_CERT_FILE) holds no certificate in PEM.`, { cause: error });
  }
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new TlsError(
      `${keyFile} (TLS_KEY_FILE) holds no private key in PEM that can be read without a password.`,
      {
        cause: error,
      },
    );
  }
}
