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
  /** What else is in its name, before it, by short name: `{ C: 'DE', O: 'Acme' }`. */
  within?: Record<string, string>;
  /** DNS names of the subject. */
  hosts?: string[];
  /** Other names of the subject. */
  uris?: string[];
  addresses?: string[];
  emails?: string[];
  /** What it is for alone. */
  usage?: 'clientAuth' | 'serverAuth';
  /** How many authorities may stand below it. */
  pathLength?: number;
  /** Another extension, which is critical: its object identifier, and its DER. */
  critical?: { id: string; value: string };
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
  issuer?: { subject: forge.pki.CertificateField[]; key: string },
): Promise<Certificate> {
  const { name, within = {}, authority = false, days = 1, usage, pathLength, critical } = options;
  const subject = [
    ...Object.entries(within).map(([shortName, value]) => ({ shortName, value, valueTagClass: UTF8 })),
    { name: 'commonName', value: name, valueTagClass: UTF8 },
  ] as forge.pki.CertificateField[];
  const altNames = [
    ...(options.hosts ?? []).map((value) => ({ type: DNS_NAME, value })),
    ...(options.uris ?? []).map((value) => ({ type: URI, value })),
    ...(options.emails ?? []).map((value) => ({ type: EMAIL, value })),
    ...(options.addresses ?? []).map((ip) => ({ type: IP_ADDRESS, ip })),
  ];
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
  certificate.setSubject(subject);
  certificate.setIssuer(issuer?.subject ?? subject);
  certificate.setExtensions([
    {
      name: 'basicConstraints',
      cA: authority,
      critical: true,
      ...(pathLength !== undefined && { pathLenConstraint: pathLength }),
    },
    ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
    ...(usage === undefined ? [] : [{ name: 'extKeyUsage', [usage]: true }]),
    ...(critical === undefined ? [] : [{ ...critical, critical: true }]),
  ]);
  certificate.sign(pki.privateKeyFromPem(issuer?.key ?? privateKey), forge.md.sha256.create());
  return {
    cert: pki.certificateToPem(certificate),
    key: privateKey,
    issue: (next) => make(next, { subject, key: privateKey }),
  };
}

/** RFC 5280 4.2.1.6. */
const EMAIL = 1;
const DNS_NAME = 2;
const URI = 6;
const IP_ADDRESS = 7;
/** X.680 8.4: the type of string that RFC 5280 4.1.2.4 asks for. */
const UTF8 = 12 as unknown as forge.asn1.Class;

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
