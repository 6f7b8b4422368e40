import type { ClientKind } from '../store/clients.js';

/** What is wrong with a URI, in words that follow "this URI …", and what could be registered in its place. */
export interface UriVerdict {
  reasons: string[];
  /** Given only when it breaks no rule itself. */
  instead?: string;
  /** Accepted, but worth knowing. */
  notes: string[];
}

interface Rule {
  isBroken(uri: ParsedUri, kind: ClientKind): boolean;
  reason: string;
  /** Makes a candidate that keeps this rule; rules without it leave no safe alternative to offer. */
  mend?(text: string): string | undefined;
}

interface ParsedUri {
  text: string;
  url: URL;
  /** As written, before the parser tidies it: what lies between `//` and the path. */
  authority: string;
}

const longest = 2000;
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);
const executableSchemes = new Set(
  ['javascript', 'vbscript', 'data', 'blob', 'file', 'filesystem', 'about', 'view-source', 'intent'].map(
    (scheme) => `${scheme}:`,
  ),
);
const answerParameters = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'id_token',
  'access_token',
  'response',
];

const isWeb = ({ url }: ParsedUri) => url.protocol === 'https:' || url.protocol === 'http:';
const isLoopback = ({ url }: ParsedUri) => loopbackHosts.has(url.hostname);
const isPrivateUse = (uri: ParsedUri) => !isWeb(uri) && !executableSchemes.has(uri.url.protocol);
const asBrowsersSendIt = (text: string) => URL.parse(text)?.href;

/**
 * The rules, each on the text as it is registered: it is compared character by character (RFC 9700 2.1), while a
 * parser would quietly repair what is wrong with it.
 */
const rules: Rule[] = [
  {
    isBroken: ({ text }) => /[\s\p{Cc}\p{Cf}\p{Z}]/u.test(text),
    reason: 'contains white space or invisible characters',
  },
  {
    isBroken: ({ text }) => /[^\s\p{Cc}\p{Cf}\p{Z}\x21-\x7e]/u.test(text),
    reason:
      'has letters outside ASCII, which can pass for others; browsers send the ASCII form, so make sure that it names your host',
    mend: asBrowsersSendIt,
  },
  {
    isBroken: ({ text }) => text.includes('\\'),
    reason: 'contains a backslash, which some parsers read as a slash',
  },
  {
    isBroken: ({ text }) => /["<>^`{|}]/.test(text),
    reason: 'contains characters that a URI must percent-encode (RFC 3986, section 2)',
    mend: (text) => text.replace(/["<>^`{|}]/g, encodeURIComponent),
  },
  {
    isBroken: ({ text }) => /%(?![0-9a-f]{2})|%[01][0-9a-f]|%7f/i.test(text),
    reason: 'contains a broken percent-encoding or an encoded control character',
  },
  {
    isBroken: ({ text }) => text.includes('*'),
    reason: 'contains a wildcard; redirect URIs are compared exactly, so register each one in full',
  },
  {
    isBroken: ({ text }) => text.includes('#'),
    reason: 'has a fragment, which RFC 6749 (section 3.1.2) forbids',
    mend: (text) => text.slice(0, text.indexOf('#')),
  },
  {
    isBroken: ({ authority }) => authority.includes('@'),
    reason: 'has a user name before its host, which makes it look like another host',
  },
  {
    isBroken: ({ text }) => /^[^:]*[A-Z]/.test(text),
    reason: 'has capitals in its scheme',
    mend: (text) => text.replace(/^[^:]*/, (scheme) => scheme.toLowerCase()),
  },
  {
    isBroken: (uri) => isWeb(uri) && !/^https?:\/\/[^/\\]/i.test(uri.text),
    reason: 'does not have exactly two slashes before its host',
    mend: asBrowsersSendIt,
  },
  {
    isBroken: ({ text }) => /(?:\/|\\)(?:\.|%2e){1,2}(?:[/\\?#]|$)/i.test(text),
    reason: 'has `.` or `..` segments in its path, which lead to another page than they seem to',
    mend: asBrowsersSendIt,
  },
  {
    isBroken: ({ url, authority }) =>
      /^[\d.]+$/.test(url.hostname) && hostOf(authority).toLowerCase() !== url.hostname,
    reason: 'has an IP address in disguise as its host',
    mend: asBrowsersSendIt,
  },
  {
    isBroken: (uri) => isWeb(uri) && uri.url.hostname.endsWith('.'),
    reason: 'has a dot at the end of its host name, which makes it another host',
    mend: (text) => text.replace(/^(\w+:\/\/[^/?#:]+?)\.+(?=[/?#:]|$)/, '$1'),
  },
  {
    isBroken: ({ url }) => executableSchemes.has(url.protocol),
    reason: 'has a scheme by which a browser runs code or opens local data',
  },
  {
    isBroken: (uri, kind) => isPrivateUse(uri) && kind !== 'native',
    reason: 'has a scheme other than https; schemes of their own are for native apps alone',
  },
  {
    isBroken: (uri, kind) =>
      isPrivateUse(uri) && kind === 'native' && !/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:$/.test(uri.url.protocol),
    reason:
      'has a scheme that any app could claim; use a domain name that you own, reversed: com.example.app (RFC 8252, section 7.1)',
  },
  {
    isBroken: (uri, kind) => isPrivateUse(uri) && kind === 'native' && !/^[^:]*:\/*[^/]/.test(uri.text),
    reason: 'has nothing behind its scheme; write com.example.app:/callback',
  },
  {
    isBroken: (uri) => uri.url.protocol === 'http:' && !isLoopback(uri),
    reason:
      'would send sign-ins over the network in the clear; http is for localhost, 127.0.0.1 and [::1] alone (RFC 9700, section 2.6)',
    mend: (text) => text.replace(/^http:/i, 'https:'),
  },
  {
    isBroken: (uri, kind) => kind === 'native' && uri.url.protocol === 'https:' && isLoopback(uri),
    reason: 'has https on loopback; a native app listens there with http (RFC 8252, section 7.3)',
    mend: (text) => text.replace(/^https:/i, 'http:'),
  },
  {
    isBroken: ({ url }) => answerParameters.some((name) => url.searchParams.has(name)),
    reason: `has a query parameter that the answer brings itself (${answerParameters.join(', ')})`,
  },
];

/** The parser would write it otherwise: capitals in the host, a default port, an encoded host, …. */
const normalForm: Rule = {
  isBroken: ({ text, url }) => text !== url.href && `${text}/` !== url.href,
  reason: 'is not written as browsers send it, and would never match',
  mend: asBrowsersSendIt,
};

/** Judges a redirect URI, or another URI that a browser is sent to, by the strictest reading that apps can live with. */
export function judgeRedirectUri(text: string, kind: ClientKind): UriVerdict {
  // First: the rules may take long over more.
  if (text.length > longest) return verdict([`is longer than ${longest} characters`], undefined, kind);
  const uri = parse(text);
  if (uri === undefined) {
    return verdict(['is not an absolute URI'], withScheme(text), kind);
  }

  const broken = rules.filter((rule) => rule.isBroken(uri, kind));
  if (broken.length === 0 && normalForm.isBroken(uri, kind)) broken.push(normalForm);
  if (broken.length === 0) return { reasons: [], notes: notesOn(uri, kind) };

  let mended: string | undefined = text;
  for (const rule of broken) mended = mended === undefined ? undefined : rule.mend?.(mended);
  return verdict(
    broken.map((rule) => rule.reason),
    mended,
    kind,
  );
}

function verdict(reasons: string[], mended: string | undefined, kind: ClientKind): UriVerdict {
  const candidates = mended === undefined ? [] : [mended, asBrowsersSendIt(mended)];
  const instead = candidates.find((candidate) => candidate !== undefined && keepsEveryRule(candidate, kind));
  return { reasons, ...(instead !== undefined && { instead }), notes: [] };
}

/** For `app.example.com/cb` and `localhost:3000`, which lack nothing else. */
function withScheme(text: string): string | undefined {
  if (/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$)/.test(text)) return `http://${text}`;
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:\/|$)/i.test(text) ? `https://${text}` : undefined;
}

function keepsEveryRule(text: string, kind: ClientKind): boolean {
  const uri = parse(text);
  return uri !== undefined && ![...rules, normalForm].some((rule) => rule.isBroken(uri, kind));
}

function parse(text: string): ParsedUri | undefined {
  // `localhost:3000/cb` parses, with the scheme `localhost`.
  if (!/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text.trim())) return undefined;
  const url = URL.parse(text);
  if (url === null) return undefined;
  return { text, url, authority: /^[^:]*:\/\/([^/?#\\]*)/.exec(text)?.[1] ?? '' };
}

/** The host as written, without user name and port. */
function hostOf(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
}

function notesOn(uri: ParsedUri, kind: ClientKind): string[] {
  if (isPrivateUse(uri)) {
    return [
      `Another app on the device can claim ${uri.url.protocol.slice(0, -1)} too: a claimed https link is safer (RFC 8252, section 8.6).`,
    ];
  }
  if (uri.url.protocol !== 'http:') return [];
  if (kind !== 'native')
    return [`${uri.text} is for development: register the https address for production.`];
  const anyPort = `${uri.text} matches on any port (RFC 8252, section 7.3).`;
  return uri.url.hostname === 'localhost'
    ? [anyPort, 'Prefer 127.0.0.1 to localhost, which may resolve elsewhere (RFC 8252, section 8.3).']
    : [anyPort];
}

/**
 * The host that a redirect URI leads to, with its port; none by a private-use scheme: whatever such an app writes in the
 * place of a host, the browser hands all of it to the app (RFC 8252 7.1).
 */
export function redirectHost(uri: string): string | undefined {
  const url = URL.parse(uri);
  return url !== null && /^https?:$/u.test(url.protocol) ? url.host : undefined;
}

/** The origins that these addresses belong to. Private-use schemes have none: `null`, which sandboxed frames send too. */
export function webOrigins(uris: readonly string[]): string[] {
  return [...new Set(uris.map((uri) => new URL(uri).origin))].filter((origin) => origin !== 'null');
}
