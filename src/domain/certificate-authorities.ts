import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { certificateParts, extensionIds, type CertificateParts } from './certificate-parts.js';
import { readDer, tags } from './der.js';
import { pemCertificates } from './pem-certificates.js';

/** Those who issue certificates to our clients. */
export interface CertificateAuthorities {
  /** The file that they came from: all of them, in PEM. */
  readonly pem: string;
  /**
   * Why a certificate is not from one of them, or not good now; undefined when it is. Judged by signatures, dates,
   * purposes and lengths of path (RFC 5280 6.1). What that section has besides (constraints of names, policies) is not
   * known here, and as such certificates mark it critical they are refused.
   */
  fault(certificate: X509Certificate, at: number): string | undefined;
}

/** The file cannot be used; the message says what to do about it. */
export class CertificateAuthoritiesError extends Error {
  override readonly name = 'CertificateAuthoritiesError';
}

const LONGEST_PATH = 5;

/** Extensions that are understood, here or by OpenSSL where it is asked (RFC 5280 4.2: others must not be critical). */
const understood = new Set<string>([...Object.values(extensionIds), '2.5.29.14', '2.5.29.35', '2.5.29.37']);

/** Signatures with SHA-2 or of Edwards curves: those with SHA-1 and MD5 can be forged. */
const signatures = new Set([
  ...['11', '12', '13'].map((last) => `1.2.840.113549.1.1.${last}`),
  ...['2', '3', '4'].map((last) => `1.2.840.10045.4.3.${last}`),
  '1.3.101.112',
  '1.3.101.113',
]);

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_PURPOSE = '2.5.29.37.0';

/**
 * Reads the authorities from a PEM file.
 *
 * @throws CertificateAuthoritiesError when it can't be read, holds something else, or leaves the way to a root open
 */
export function readCertificateAuthorities(file: string): CertificateAuthorities {
  const fail = (reason: string, cause?: unknown) =>
    new CertificateAuthoritiesError(`MTLS_CA_FILE is ${file}, ${reason}.`, { cause });
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw fail(`which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, error);
  }
  let authorities: X509Certificate[];
  try {
    authorities = pemCertificates(pem);
    authorities.forEach(certificateParts);
  } catch (error) {
    throw fail('which holds a certificate that cannot be read', error);
  }
  if (authorities.length === 0) throw fail('which holds no certificate in PEM');
  for (const authority of authorities) {
    const name = authority.subject.replaceAll('\n', ', ');
    if (!authority.ca) throw fail(`and ${name} in it is not an authority: it may issue no certificates`);
    const reason = purposeFault(authority) ?? partsFault(authority);
    if (reason !== undefined) throw fail(`and ${name} in it cannot be used: ${reason}`);
    if (!isRoot(authority) && !issuersOf(authority, authorities).length)
      throw fail(`and who issued ${name} is not in it: add the certificates up to the root`);
  }
  return { pem, fault: (certificate, at) => pathFault(certificate, authorities, at) };
}

/** Whether the dates of a certificate allow it now (RFC 5280 4.1.2.5). */
export function dateFault({ validFrom, validTo }: X509Certificate, at: number): string | undefined {
  if (!(Date.parse(validFrom) <= at)) return 'the certificate is not valid yet';
  return at <= Date.parse(validTo) ? undefined : 'the certificate has expired';
}

function pathFault(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  at: number,
): string | undefined {
  const reason = purposeFault(leaf) ?? dateFault(leaf, at) ?? partsFault(leaf);
  if (reason !== undefined) return reason;
  return hasPath(leaf, authorities, at, 0)
    ? undefined
    : 'the certificate is from no authority of MTLS_CA_FILE';
}

/** Whether someone good issued it, and someone good them, up to a root; `below` counts the authorities passed. */
function hasPath(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  at: number,
  below: number,
): boolean {
  if (below > LONGEST_PATH) return false;
  return issuersOf(certificate, authorities).some(
    (issuer) =>
      dateFault(issuer, at) === undefined &&
      below <= longestPathBelow(issuer) &&
      (isRoot(issuer) || hasPath(issuer, authorities, at, below + 1)),
  );
}

function issuersOf(certificate: X509Certificate, authorities: readonly X509Certificate[]): X509Certificate[] {
  // All of them may issue: that was seen to when they were read. `checkIssued` compares names and key identifiers.
  return authorities.filter(
    (issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
  );
}

function isRoot(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** RFC 5280 4.2.1.12; for an authority it says the same of what it issues. */
function purposeFault(certificate: X509Certificate): string | undefined {
  const purposes = certificate.keyUsage as string[] | undefined;
  if (!purposes || purposes.includes(CLIENT_AUTH) || purposes.includes(ANY_PURPOSE)) return undefined;
  return 'the certificate is not for the authentication of clients';
}

function partsFault(certificate: X509Certificate): string | undefined {
  let parts: CertificateParts;
  try {
    parts = certificateParts(certificate);
  } catch {
    return 'the certificate cannot be read';
  }
  if (!signatures.has(parts.signatureAlgorithm)) return 'the certificate is signed by a weak algorithm';
  const unknown = [...parts.extensions].find(([id, { critical }]) => critical && !understood.has(id));
  return unknown && `the certificate has a critical extension that is not understood: ${unknown[0]}`;
}

/** RFC 5280 4.2.1.9: how many authorities may stand between this one and a certificate that is none. */
function longestPathBelow(authority: X509Certificate): number {
  const constraints = certificateParts(authority).extensions.get(extensionIds.basicConstraints);
  if (!constraints) return 0;
  const limit = readDer(readDer(constraints.value)[0]!.content).find(({ tag }) => tag === tags.integer);
  return limit ? limit.content.readUIntBE(0, Math.min(limit.content.length, 6)) : Infinity;
}
