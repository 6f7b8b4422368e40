import forge from 'node-forge';
import { generateKeyPair, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const { pki } = forge;
const DAY_MS = 24 * 3600 * 1000;
const generate = promisify(generateKeyPair);

export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
  /** Another one, signed by this. */
  issue(options: CertificateOptions): Promise<Certificate>;
}

export interface CertificateOptions {
  /** Common name of the subject. */
  name: string;
  /** DNS names of the subject. */
  hosts?: string[];
  /** Whether it may sign others. */
  authority?: boolean;
  /** Days from now at which it ends; may be past. */
  days?: number;
}

/** A certificate made now: signed by itself, or through `issue` by another. */
export function createCertificate(options: CertificateOptions): Promise<Certificate> {
  return make(options);
}

async function make(
  options: CertificateOptions,
  issuer?: { name: string; key: string },
): Promise<Certificate> {
  const { name, hosts = [], authority = false, days = 1 } = options;
  const { privateKey, publicKey } = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  // A positive number, whose first byte is not zero.
  certificate.serialNumber = `40${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - 10 * DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + days * DAY_MS);
  certificate.setSubject([{ name: 'commonName', value: name }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer?.name ?? name }]);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: authority, critical: true },
    ...(hosts.length === 0
      ? []
      : [{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: DNS_NAME, value })) }]),
  ]);
  certificate.sign(pki.privateKeyFromPem(issuer?.key ?? privateKey), forge.md.sha256.create());
  return {
    cert: pki.certificateToPem(certificate),
    key: privateKey,
    issue: (next) => make(next, { name, key: privateKey }),
  };
}

/** RFC 5280 4.2.1.6. */
const DNS_NAME = 2;

/** Writes cert.pem and key.pem into a folder, and returns the settings that name them. */
export async function writeCertificate(
  folder: string,
  { cert, key }: Pick<Certificate, 'cert' | 'key'>,
): Promise<{ TLS_CERT_FILE: string; TLS_KEY_FILE: string }> {
  const files = { TLS_CERT_FILE: join(folder, 'cert.pem'), TLS_KEY_FILE: join(folder, 'key.pem') };
  await writeFile(files.TLS_CERT_FILE, cert);
  await writeFile(files.TLS_KEY_FILE, key, { mode: 0o600 });
  return files;
}
