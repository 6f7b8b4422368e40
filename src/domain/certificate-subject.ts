import type { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { certificateParts, extensionIds, type CertificateParts } from './certificate-parts.js';
import { readDer } from './der.js';
import { nameInCertificate, parseDistinguishedName } from './distinguished-name.js';

interface SubjectMember {
  about: string;
  /** What is wrong with an expected value, to follow its name in a sentence. */
  fault: (expected: string) => string | undefined;
  matches: (parts: CertificateParts, expected: string) => boolean;
}

/** Tags of GeneralName (RFC 5280 4.2.1.6). */
const EMAIL = 0x81;
const DNS = 0x82;
const URI = 0x86;
const IP = 0x87;

const host = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/iu;

/** RFC 8705 2.1.2: what an authority has to have put into the certificate of a client. Compared whole. */
export const subjectMembers: Readonly<Record<string, SubjectMember>> = {
  tls_client_auth_subject_dn: {
    about: 'name of the subject of its certificate',
    fault: (expected) =>
      parseDistinguishedName(expected)
        ? undefined
        : 'must be a name as RFC 4514 writes it, the most special first; for example CN=orders,O=Acme,C=DE',
    matches: ({ subject }, expected) =>
      isDeepStrictEqual(nameInCertificate(subject), parseDistinguishedName(expected)),
  },
  tls_client_auth_san_dns: {
    about: 'host name in its certificate',
    fault: (expected) => (host.test(expected) ? undefined : 'must be a host name, without wildcards'),
    matches: (parts, expected) =>
      textsOf(parts, DNS).some((name) => name.toLowerCase() === expected.toLowerCase()),
  },
  tls_client_auth_san_uri: {
    about: 'a URI in its certificate',
    fault: (expected) => (URL.canParse(expected) && /^[!-~]+$/u.test(expected) ? undefined : 'must be a URI'),
    matches: (parts, expected) => textsOf(parts, URI).includes(expected),
  },
  tls_client_auth_san_ip: {
    about: 'network address in its certificate',
    fault: (expected) => (isIP(expected) === 0 ? 'must be an IP address' : undefined),
    matches: (parts, expected) => alternativeNames(parts, IP).some((bytes) => isAddress(bytes, expected)),
  },
  tls_client_auth_san_email: {
    about: 'email address in its certificate',
    fault: (expected) => (/^[!-?A-~]+@[!-?A-~]+$/u.test(expected) ? undefined : 'must be an email address'),
    matches: (parts, expected) => textsOf(parts, EMAIL).includes(expected),
  },
};

/** Whether the certificate has what `member` of its client says. One that cannot be read has nothing. */
export function subjectMatches(certificate: X509Certificate, member: string, expected: string): boolean {
  try {
    return subjectMembers[member]?.matches(certificateParts(certificate), expected) ?? false;
  } catch {
    return false;
  }
}

function alternativeNames({ extensions }: CertificateParts, kind: number): Buffer[] {
  const extension = extensions.get(extensionIds.subjectAltName);
  if (!extension) return [];
  const names = readDer(readDer(extension.value)[0]!.content);
  return names.filter(({ tag }) => tag === kind).map(({ content }) => content);
}

/** IA5String: one byte is one character, so that nothing in it passes for another. */
function textsOf(parts: CertificateParts, kind: number): string[] {
  return alternativeNames(parts, kind).map((bytes) => bytes.toString('latin1'));
}

/** An IPv6 address has many spellings, and bytes have one. */
function isAddress(bytes: Buffer, expected: string): boolean {
  const address =
    bytes.length === 4 ? [...bytes].join('.') : (bytes.toString('hex').match(/.{4}/gu) ?? []).join(':');
  if (isIP(address) === 0 || isIP(address) !== isIP(expected)) return false;
  const one = new BlockList();
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  one.addAddress(address, family);
  return one.check(expected, family);
}
