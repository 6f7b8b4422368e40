import { readDer, readOid, tags } from './der.js';

/** What stands together in one step of a name, in the order of its text: `type=value`, the type as object identifier. */
export type DistinguishedName = readonly (readonly string[])[];

/** RFC 4514 3, and names that authorities for banks and companies use besides, as OpenSSL writes them. */
const types: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  TITLE: '2.5.4.12',
  BUSINESSCATEGORY: '2.5.4.15',
  POSTALCODE: '2.5.4.17',
  GN: '2.5.4.42',
  ORGANIZATIONIDENTIFIER: '2.5.4.97',
  EMAILADDRESS: '1.2.840.113549.1.9.1',
  JURISDICTIONL: '1.3.6.1.4.1.311.60.2.1.1',
  JURISDICTIONST: '1.3.6.1.4.1.311.60.2.1.2',
  JURISDICTIONC: '1.3.6.1.4.1.311.60.2.1.3',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
};

/** Kinds of text in certificates (RFC 5280 4.1.2.4); values of any other kind are compared by their bytes. */
const encodings: Readonly<Record<number, (content: Buffer) => string>> = {
  [tags.utf8String]: (content) => content.toString('utf8'),
  0x12: latin,
  0x13: latin,
  0x14: latin,
  0x16: latin,
  0x1e: (content) => Buffer.from(content).swap16().toString('utf16le'),
};

/** The name in a certificate. There the root comes first, in text last (RFC 4514 2.1). */
export function nameInCertificate(content: Buffer): DistinguishedName {
  return readDer(content)
    .map((step) =>
      readDer(step.content)
        .map((pair) => {
          const [type, value] = readDer(pair.content);
          const text = encodings[value!.tag]?.(value!.content);
          return `${readOid(type!.content)}=${text ?? `#${value!.content.toString('hex')}`}`;
        })
        .toSorted(),
    )
    .toReversed();
}

/** A name as RFC 4514 writes it: `CN=orders,O=Acme\, Inc.,C=DE`; undefined where it is none. */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const name = split(text, ',').map((step) => split(step, '+').map(parsePair));
  if (name.some((step) => step.includes(undefined))) return undefined;
  return name.map((step) => (step as string[]).toSorted());
}

function parsePair(text: string): string | undefined {
  const [, type = '', written = ''] = /^\s*([A-Za-z]+|\d+(?:\.\d+)+)\s*=\s*(.+)$/su.exec(text) ?? [];
  const id = /^\d/u.test(type) ? type : types[type.toUpperCase()];
  // A quotation mark was syntax in RFC 1779, and what was meant is not certain; # is for bytes.
  if (id === undefined || /^[#"]/u.test(written)) return undefined;
  const value = unescape(written.replace(/(?<!\\)\s+$/u, ''));
  return value === undefined ? undefined : `${id}=${value}`;
}

/** RFC 4514 2.4: a backslash stands before a special character, or before a byte of UTF-8 in hex. */
function unescape(text: string): string | undefined {
  const bytes: Buffer[] = [];
  for (const [part, hex, special] of text.matchAll(/\\([0-9a-f]{2})|\\([ "#+,;<=>\\])|[^\\]+|\\/giu)) {
    if (part === '\\') return undefined;
    bytes.push(hex === undefined ? Buffer.from(special ?? part) : Buffer.from(hex, 'hex'));
  }
  return Buffer.concat(bytes).toString('utf8');
}

function split(text: string, separator: ',' | '+'): string[] {
  return text.split(separator === ',' ? /(?<=(?<!\\)(?:\\\\)*),/u : /(?<=(?<!\\)(?:\\\\)*)\+/u);
}

function latin(content: Buffer): string {
  return content.toString('latin1');
}
