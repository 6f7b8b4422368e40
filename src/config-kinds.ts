/**
 * The kinds of value that a variable can hold. A kind says in words what it expects, and reads text: the value, or
 * undefined where the text is none of its kind.
 */
import { isIP } from 'node:net';

export interface Kind<T> {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  readonly read: (text: string) => T | undefined;
}

const kind = <T>(expected: string, read: (text: string) => T | undefined): Kind<T> => ({ expected, read });

const url = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 };

const host = /^(?:[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)$/i;

/** Words for networks whose numbers nobody knows by heart. */
const networks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const network = (text: string): readonly string[] | undefined => {
  const named = networks[text];
  if (named) return named;
  const [address = '', prefix, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return undefined;
  if (prefix === undefined) return [text];
  // A prefix of 0 would trust the forwarded headers of everybody.
  const fits = /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
  return fits ? [text] : undefined;
};

const outboundHost = (text: string): string | undefined => {
  const [, name = '', port] = /^(\[.+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const named = name.startsWith('[') ? isIP(name.slice(1, -1)) === 6 : host.test(name);
  return named && (port === undefined || (Number(port) > 0 && Number(port) < 65_536))
    ? text.toLowerCase()
    : undefined;
};

const list = <T>(text: string, one: (text: string) => T | undefined): T[] | undefined => {
  const items = text.split(',').map((item) => one(item.trim()));
  return items.every((item) => item !== undefined) ? items : undefined;
};

export function text(maximum: number): Kind<string> {
  return kind(`1 to ${maximum} characters on one line`, (given) =>
    given.length <= maximum && !/\p{C}/u.test(given) ? given : undefined,
  );
}

export function choice<T extends string>(...options: readonly T[]): Kind<T> {
  return kind(`one of ${options.join(', ')}`, (given) => options.find((option) => option === given));
}

export function integer(minimum: number, maximum: number): Kind<number> {
  return kind(`a whole number from ${minimum} to ${maximum}`, (given) => {
    const number = /^\d{1,9}$/.test(given) ? Number(given) : NaN;
    return number >= minimum && number <= maximum ? number : undefined;
  });
}

/** Seconds; the bounds are written as people write them. */
export function duration(minimum: string, maximum: string): Kind<number> {
  const seconds = (given: string): number => {
    const [, amount, unit = 's'] = /^(\d{1,9})([smhd]?)$/.exec(given) ?? [];
    return amount === undefined ? NaN : Number(amount) * secondsPer[(unit || 's') as keyof typeof secondsPer];
  };
  return kind(
    `a time from ${minimum} to ${maximum}, in seconds or with a unit (90s, 15m, 12h, 30d)`,
    (given) =>
      seconds(given) >= seconds(minimum) && seconds(given) <= seconds(maximum) ? seconds(given) : undefined,
  );
}

/** OpenID Connect Discovery 1.0 section 3; compared octet by octet everywhere, so only one spelling is accepted. */
export const issuer: Kind<string> = kind(
  'an absolute http or https URL with its host in lower case and without user name, query, fragment, default port or a slash at its end',
  (given) => {
    const parsed = url(given);
    if (!parsed || !/^https?:$/.test(parsed.protocol)) return undefined;
    const canonical = parsed.origin + parsed.pathname.replace(/\/$/, '');
    return canonical === given && !/\/\/|%/.test(parsed.pathname) ? given : undefined;
  },
);

export const origin: Kind<string> = kind('an https URL without a path', (given) =>
  given.startsWith('https://') && url(given)?.origin === given ? given : undefined,
);

export const listenHost: Kind<string> = kind('an IP address or a host name', (given) =>
  isIP(given) !== 0 || host.test(given) ? given : undefined,
);

/** Without `_`: many servers take it for a hyphen, and some drop such headers. */
export const headerName: Kind<string> = kind('a header name of letters, digits and hyphens', (given) =>
  /^[a-z][a-z0-9-]{1,63}$/i.test(given) ? given.toLowerCase() : undefined,
);

export const storeUrl: Kind<string> = kind('sqlite:FILE, sqlite::memory: or a mongodb:// URL', (given) => {
  if (/^sqlite:(?!\/\/)./.test(given)) return given;
  return /^mongodb(?:\+srv)?:\/\/[^/]/.test(given) ? given : undefined;
});

export const path: Kind<string> = kind('a path', (given) => (given.includes('\0') ? undefined : given));

/** 32 bytes, whichever of the three usual ways they are written. */
export const key: Kind<Uint8Array> = kind('32 random bytes in base64, base64url or hex', (given) => {
  if (/^[0-9a-f]{64}$/i.test(given)) return new Uint8Array(Buffer.from(given, 'hex'));
  // 43 characters of 6 bits; Node reads both alphabets.
  return /^[\w+/-]{43}=?$/.test(given) ? new Uint8Array(Buffer.from(given, 'base64')) : undefined;
});

export const addresses: Kind<readonly string[]> = kind(
  'IP addresses or networks with commas between them, or the words loopback and private; not everybody (/0)',
  (given) => list(given, network)?.flat(),
);

export const hosts: Kind<readonly string[]> = kind('host or host:port, with commas between them', (given) =>
  list(given, outboundHost),
);

export const resources: Kind<readonly string[]> = kind('absolute URIs with commas between them', (given) =>
  list(given, (each) => (url(each) === undefined ? undefined : each)),
);

/** RFC 7591 2.3: whose signed word about software counts, and where their public keys are. */
export const statementIssuers: Kind<readonly StatementIssuerSource[]> = kind(
  'pairs with commas between them, each an issuer, a space, and the https URL or the path of its JWK Set',
  (given) =>
    list(given, (pair) => {
      const [issuer = '', jwks = '', more] = pair.split(/ +/);
      return url(issuer) && jwks !== '' && more === undefined && !jwks.startsWith('http:')
        ? { issuer, jwks }
        : undefined;
    }),
);

export interface StatementIssuerSource {
  readonly issuer: string;
  /** An https URL or a path. */
  readonly jwks: string;
}

/** OAuth 2.0 Multiple Response Type Encoding Practices 3 and 5: a type is a set of words, written in any order. */
export const RESPONSE_TYPES = [
  'code',
  'id_token',
  'id_token token',
  'code id_token',
  'code token',
  'code id_token token',
] as const;

export const responseTypes: Kind<readonly string[]> = kind(
  `response types with commas between them, out of: ${RESPONSE_TYPES.join(', ')}`,
  (given) => {
    const sorted = (type: string) => type.split(' ').toSorted().join(' ');
    return list(given, (type) => RESPONSE_TYPES.find((known) => sorted(known) === sorted(type)));
  },
);

/** Without `#` it needs no quotes in a `.env`, where `#` starts a comment. */
export const colour: Kind<string> = kind('a colour as six hex digits, with or without #', (given) =>
  /^#?[0-9a-f]{6}$/i.test(given) ? `#${given.replace('#', '').toLowerCase()}` : undefined,
);

export const link: Kind<string> = kind('an https or mailto URL', (given) =>
  ['https:', 'mailto:'].includes(url(given)?.protocol ?? '') ? given : undefined,
);

export const webhook: Kind<string> = kind(
  'an http or https URL without user name, password or fragment',
  (given) => {
    const { protocol = '', username, password, hash } = url(given) ?? {};
    return /^https?:$/.test(protocol) && !username && !password && !hash ? given : undefined;
  },
);

export const image: Kind<string> = kind('an https URL or a data: URL of an image', (given) =>
  url(given)?.protocol === 'https:' || /^data:image\/(?:svg\+xml|png|jpeg|gif|webp|avif)[;,]/.test(given)
    ? given
    : undefined,
);
