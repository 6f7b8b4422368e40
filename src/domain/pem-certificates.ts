import { X509Certificate } from 'node:crypto';

/** The certificates in a PEM text, in their order. Throws where one of them cannot be read. */
export function pemCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
