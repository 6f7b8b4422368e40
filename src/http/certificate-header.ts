import { X509Certificate } from 'node:crypto';

/** The ways in which proxies write a certificate into a header. */
export type CertificateFormat = 'pem' | 'rfc9440' | 'xfcc';

/** Longer is no certificate, but work for whoever reads it. */
const LONGEST = 16_384;

/** The one certificate in the value of a header. Throws where there is another number of them, or none can be read. */
export function readCertificateHeader(value: string, format: CertificateFormat): X509Certificate {
  if (value.length > LONGEST) throw new Error('the certificate is too long');
  return readers[format](value);
}

const readers: Readonly<Record<CertificateFormat, (value: string) => X509Certificate>> = {
  pem: (value) => fromPem(decodeURIComponent(value)),

  // RFC 9440 2.1: a byte sequence of RFC 8941.
  rfc9440(value) {
    const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/u.exec(value.trim()) ?? [];
    if (base64 === undefined) throw new Error('the header holds no byte sequence');
    return fromDer(Buffer.from(base64, 'base64'));
  },

  /** Envoy adds an element for each proxy on the way; of several, some are not of the one that we trust. */
  xfcc(value) {
    const pairs = /^(?:[A-Za-z]+=(?:"(?:[^"\\]|\\.)*"|[^",;=]*)(?:;|$))+$/u;
    if (!pairs.test(value)) throw new Error('the header holds no single element of XFCC');
    const [first, ...others] = [...value.matchAll(/(?:^|;)Cert="([^"]+)"/giu)];
    if (first?.[1] === undefined || others.length > 0) throw new Error('the element of XFCC has no Cert');
    return fromPem(decodeURIComponent(first[1]));
  },
};

function fromPem(text: string): X509Certificate {
  const [, base64] =
    /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/u.exec(text) ?? [];
  if (base64 === undefined) throw new Error('the header holds no certificate in PEM');
  return fromDer(Buffer.from(base64, 'base64'));
}

/** What is read has to be all that was given: its thumbprint is taken of these bytes. */
function fromDer(der: Buffer): X509Certificate {
  const certificate = new X509Certificate(der);
  if (!certificate.raw.equals(der)) throw new Error('there is more than a certificate in the header');
  return certificate;
}
