import type { X509Certificate } from 'node:crypto';
import { readDer, readOid, tags, type Der } from './der.js';

/** What of a certificate Node does not tell, or only in a text that has to be taken apart again (RFC 5280 4.1). */
export interface CertificateParts {
  signatureAlgorithm: string;
  /** Content of the name that the certificate is for. */
  subject: Buffer;
  extensions: ReadonlyMap<string, { critical: boolean; value: Buffer }>;
}

export const extensionIds = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
} as const;

/** Context tag of the extensions (RFC 5280 4.1). */
const EXTENSIONS = 0xa3;
const VERSION = 0xa0;

/** Throws where the certificate is not as RFC 5280 wants it. */
export function certificateParts({ raw }: X509Certificate): CertificateParts {
  const [certificate] = readDer(raw);
  const [signed, algorithm] = readDer(certificate!.content);
  const fields = readDer(signed!.content);
  if (fields[0]?.tag === VERSION) fields.shift();
  const [, , , , subject] = fields;
  const wrapped = fields.find(({ tag }) => tag === EXTENSIONS);
  const extensions = new Map<string, { critical: boolean; value: Buffer }>();
  for (const { content } of wrapped ? readDer(readDer(wrapped.content)[0]!.content) : []) {
    const [id, ...rest] = readDer(content) as [Der, ...Der[]];
    const name = readOid(id.content);
    // RFC 5280 4.2: two of one kind could each be read by another one.
    if (extensions.has(name)) throw new Error(`the extension ${name} is there twice`);
    const critical = rest.length > 1 && rest[0]!.tag === tags.boolean && rest[0]!.content[0] !== 0;
    extensions.set(name, { critical, value: rest.at(-1)!.content });
  }
  return {
    signatureAlgorithm: readOid(readDer(algorithm!.content)[0]!.content),
    subject: subject!.content,
    extensions,
  };
}
