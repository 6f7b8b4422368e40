/**
 * Every variable that Gatehouse reads, declared once. The configuration, `docs/configuration.md` and `.env.example`
 * all come from this table.
 */
import * as is from './config-kinds.js';
import type { Kind } from './config-kinds.js';

export interface Variable<T = unknown> {
  readonly about: string;
  readonly kind: Kind<T>;
  /** What counts when the variable isn't set, written as one would set it. */
  readonly default?: string;
  /** The default in words, where it follows from something else or is nothing. */
  readonly otherwise?: string;
  readonly example: string;
  /** Never shown, not even when it is wrong. */
  readonly secret?: true;
}

type Table = Readonly<Record<string, Variable>>;

const server = {
  NODE_ENV: {
    about: 'In `production`, unsafe settings are refused.',
    kind: is.choice('development', 'production', 'test'),
    default: 'development',
    example: 'production',
  },
  ISSUER: {
    about:
      'The address at which people and apps reach Gatehouse. Tokens carry it and apps compare it letter by letter: change it and every app must be set up anew. Every URL that Gatehouse hands out starts with it. In production it must be https, except on loopback.',
    kind: is.issuer,
    otherwise: '`http://localhost:PORT/oidc`, with a certificate https',
    example: 'https://id.example.com/oidc',
  },
  HOST: {
    about: 'The address to listen on.',
    kind: is.listenHost,
    otherwise: '`127.0.0.1`; in production `0.0.0.0`, which is every interface',
    example: '127.0.0.1',
  },
  PORT: {
    about: 'The port to listen on.',
    kind: is.integer(1, 65_535),
    default: '3000',
    example: '8080',
  },
  TLS_CERT_FILE: {
    about:
      'The certificate and its chain, in PEM: Gatehouse then speaks https itself, with no reverse proxy in front. A file that is renewed is taken up within a minute.',
    kind: is.path,
    otherwise: 'plain http, for a reverse proxy',
    example: '/etc/gatehouse/tls/cert.pem',
  },
  TLS_KEY_FILE: {
    about: 'The private key of the certificate, in PEM without a password.',
    kind: is.path,
    otherwise: 'plain http, for a reverse proxy',
    example: '/etc/gatehouse/tls/key.pem',
  },
  TRUSTED_PROXIES: {
    about:
      'The reverse proxies whose `X-Forwarded-*` headers count. `loopback` and `private` stand for the networks of those names.',
    kind: is.addresses,
    otherwise: 'nobody',
    example: 'loopback, 10.1.2.0/24',
  },
  MTLS: {
    about:
      'Mutual TLS (RFC 8705): clients prove themselves, and their tokens, by a certificate. `direct`: Gatehouse asks for it in its own TLS connections. `proxy`: a reverse proxy does, and passes it on in MTLS_HEADER.',
    kind: is.choice('off', 'direct', 'proxy'),
    default: 'off',
    example: 'proxy',
  },
  MTLS_PORT: {
    about:
      'With MTLS `direct`, a second port for clients with certificates, so that browsers are not asked for one.',
    kind: is.integer(1, 65_535),
    otherwise: 'none: PORT asks for certificates',
    example: '8443',
  },
  MTLS_ORIGIN: {
    about:
      'Where clients with certificates come, when that is not where everybody comes: discovery names it in `mtls_endpoint_aliases`, and certificates count there alone.',
    kind: is.origin,
    otherwise: 'with MTLS_PORT the host of ISSUER at that port, else the addresses of ISSUER',
    example: 'https://mtls.id.example.com',
  },
  MTLS_CA_FILE: {
    about:
      'The authorities that issue certificates for `tls_client_auth`, in PEM: each with those above it, up to the root.',
    kind: is.path,
    otherwise: 'nobody: clients have `self_signed_tls_client_auth`',
    example: '/etc/gatehouse/tls/client-ca.pem',
  },
  MTLS_HEADER: {
    about:
      'With MTLS `proxy`, the header that a proxy of TRUSTED_PROXIES sets to the certificate, and removes when there is none. From anybody else it is refused.',
    kind: is.headerName,
    default: 'X-SSL-Client-Cert',
    example: 'Client-Cert',
  },
  MTLS_HEADER_FORMAT: {
    about:
      'How it is written there: `pem`, URL-encoded (nginx `$ssl_client_escaped_cert`), `rfc9440` (Client-Cert), `xfcc` (Envoy, with its `Cert`).',
    kind: is.choice('pem', 'rfc9440', 'xfcc'),
    default: 'pem',
    example: 'rfc9440',
  },
  OUTBOUND_ALLOWED_HOSTS: {
    about:
      'Hosts that Gatehouse may call although their address is private: back-channel logout, client keys, request objects.',
    kind: is.hosts,
    otherwise: 'none',
    example: 'app.internal.example, localhost:4000',
  },
  SHUTDOWN_SECONDS: {
    about: 'How long a stopping server waits for requests in flight.',
    kind: is.duration('0s', '10m'),
    default: '10',
    example: '30',
  },
} satisfies Table;

const data = {
  STORE_URL: {
    about: 'Where all state lives: an embedded SQLite file, or a MongoDB server.',
    kind: is.storeUrl,
    default: 'sqlite:.data/gatehouse.db',
    example: 'mongodb://db1.example.com,db2.example.com/gatehouse?replicaSet=rs0',
    secret: true,
  },
  KEYS_DIR: {
    about: 'The folder of `master.key`, which is made at the first start unless MASTER_KEY is set.',
    kind: is.path,
    default: 'keys',
    example: '/var/lib/gatehouse/keys',
  },
  MASTER_KEY: {
    about:
      'The key that encrypts the signing keys in the store; every process of one installation needs the same. Best given as MASTER_KEY_FILE.',
    kind: is.key,
    otherwise: 'the file `master.key` in KEYS_DIR',
    example: 'what `openssl rand -base64 32` prints',
    secret: true,
  },
} satisfies Table;

const log = {
  LOG_LEVEL: {
    about: 'The least severe messages that are written.',
    kind: is.choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    example: 'debug',
  },
  LOG_FORMAT: {
    about: 'One JSON object a line for machines, or lines for people.',
    kind: is.choice('json', 'pretty'),
    otherwise: '`pretty` on a terminal outside production, else `json`',
    example: 'json',
  },
} satisfies Table;

const appearance = {
  BRAND_NAME: {
    about: 'The name on every page.',
    kind: is.text(60),
    default: 'Gatehouse',
    example: 'Example Ltd',
  },
  BRAND_LOGO_URL: {
    about: 'The logo on every page.',
    kind: is.image,
    otherwise: 'the built-in mark',
    example: 'https://www.example.com/logo.svg',
  },
  BRAND_ACCENT_LIGHT: {
    about: 'The colour of buttons and links in light mode.',
    kind: is.colour,
    default: '17594a',
    example: '0a6b4f',
  },
  BRAND_ACCENT_DARK: {
    about: 'The colour of buttons and links in dark mode.',
    kind: is.colour,
    default: '7fc8b4',
    example: '7fd6b5',
  },
  BRAND_IMPRINT_URL: {
    about: 'The imprint.',
    kind: is.link,
    otherwise: 'no link',
    example: 'https://www.example.com/imprint',
  },
  BRAND_PRIVACY_URL: {
    about: 'The privacy policy.',
    kind: is.link,
    otherwise: 'no link',
    example: 'https://www.example.com/privacy',
  },
  BRAND_TERMS_URL: {
    about: 'The terms of service.',
    kind: is.link,
    otherwise: 'no link',
    example: 'https://www.example.com/terms',
  },
  BRAND_SUPPORT_URL: {
    about: 'Where people find help.',
    kind: is.link,
    otherwise: 'no link',
    example: 'mailto:help@example.com',
  },
  DEFAULT_LANGUAGE: {
    about: 'The language when neither the app nor the browser asks for one that Gatehouse speaks.',
    kind: is.choice('en', 'de'),
    default: 'en',
    example: 'de',
  },
} satisfies Table;

const lifetimes = {
  ACCESS_TOKEN_LIFETIME: {
    about: 'Access tokens. Those in JWT format cannot be called back earlier.',
    kind: is.duration('30s', '1d'),
    default: '10m',
    example: '5m',
  },
  ID_TOKEN_LIFETIME: { about: 'ID tokens.', kind: is.duration('30s', '1d'), default: '10m', example: '1h' },
  REFRESH_TOKEN_LIFETIME: {
    about: 'Refresh tokens, counted from the last use.',
    kind: is.duration('1m', '180d'),
    default: '30d',
    example: '14d',
  },
  REFRESH_TOKEN_GRACE: {
    about:
      'For how long a refresh token that was just rotated is accepted again, for apps that refresh twice at the same time. 0: a second use is taken for theft and ends the whole family.',
    kind: is.duration('0s', '60s'),
    default: '0',
    example: '10s',
  },
  INTERACTION_LIFETIME: {
    about: 'Time to finish signing in.',
    kind: is.duration('1m', '1d'),
    default: '1h',
    example: '30m',
  },
  DEVICE_CODE_LIFETIME: {
    about: 'Time to finish signing in a device that shows a code (RFC 8628).',
    kind: is.duration('1m', '1h'),
    default: '10m',
    example: '15m',
  },
  CIBA_REQUEST_LIFETIME: {
    about:
      'Time for a person to answer what a client asks by CIBA; a client can ask for less (`requested_expiry`).',
    kind: is.duration('30s', '1h'),
    default: '10m',
    example: '5m',
  },
  SESSION_IDLE_LIFETIME: {
    about: 'A browser that was not seen for this long must sign in again.',
    kind: is.duration('1m', '365d'),
    default: '12h',
    example: '30m',
  },
  SESSION_LIFETIME: {
    about: 'A browser must sign in again this long after it did, however busy it was.',
    kind: is.duration('1m', '365d'),
    default: '14d',
    example: '24h',
  },
  CLOCK_TOLERANCE: {
    about: 'How far the clocks of Gatehouse and of the apps may be apart.',
    kind: is.duration('0s', '5m'),
    default: '15s',
    example: '30s',
  },
} satisfies Table;

const protocol = {
  PROFILE: {
    about:
      '`conformance` sets everything that the OpenID Foundation’s conformance suite wants, and adds its user and clients; their secrets are in `conformance.json` in KEYS_DIR. Never for real people.',
    kind: is.choice('default', 'conformance'),
    default: 'default',
    example: 'conformance',
  },
  CONFORMANCE_ON_PUBLIC_ISSUER: {
    about:
      'The profile `conformance` starts for an issuer on loopback alone, unless this holds the host of ISSUER: then everybody who reaches it can sign in.',
    kind: is.text(255),
    otherwise: 'loopback only',
    example: 'op.test.example',
  },
  CONFORMANCE_SUITE_URL: {
    about: 'Where the conformance suite is, for the redirect URIs of its clients and for calls to it.',
    kind: is.origin,
    default: 'https://localhost.emobix.co.uk:8443',
    example: 'https://suite.test.example:8443',
  },
  RESPONSE_TYPES: {
    about:
      'The `response_type` values that clients can be given. OAuth 2.1 knows `code` alone; the others send tokens through the address bar.',
    kind: is.responseTypes,
    otherwise: '`code`; in the profile `conformance` all of them',
    example: 'code, code id_token, id_token',
  },
  REQUIRE_PAR: {
    about:
      'Whether every client must push its authorization requests (RFC 9126); each client can be held to it alone.',
    kind: is.choice('yes', 'no'),
    default: 'no',
    example: 'yes',
  },
  CLIENT_METADATA_HOSTS: {
    about:
      'Hosts whose apps need not be added: their client id is the https address of a document there that describes them (OAuth Client ID Metadata Document, which MCP clients use). Whoever can publish on such a host can ask your people for access. A port counts when it is named; `localhost` stands for all of its ports.',
    kind: is.hosts,
    otherwise: 'none: every app is added',
    example: 'claude.ai, vscode.dev',
  },
  CLIENT_METADATA_RESOURCES: {
    about: 'The services, by resource indicator, that those apps may ask people for access to.',
    kind: is.resources,
    otherwise: 'none: they learn who signs in, and no more',
    example: 'https://mcp.example.com/',
  },
  CIBA: {
    about:
      'Whether clients can start a sign-in that the person answers on their own device (OpenID Connect CIBA): those that have the grant, and nobody else.',
    kind: is.choice('on', 'off'),
    otherwise: '`off`; in the profile `conformance` `on`',
    example: 'on',
  },
} satisfies Table;

const notices = {
  NOTICE_WEBHOOK_URL: {
    about:
      'Where Gatehouse posts what a person is to be told, such as that an app waits for their answer. https, or http to a host in OUTBOUND_ALLOWED_HOSTS.',
    kind: is.webhook,
    otherwise: 'nowhere: people find it on their page',
    example: 'https://notify.example.com/gatehouse',
    secret: true,
  },
  NOTICE_WEBHOOK_SECRET: {
    about:
      'Signs those posts, in the way of Standard Webhooks. Wanted together with NOTICE_WEBHOOK_URL; best given as NOTICE_WEBHOOK_SECRET_FILE.',
    kind: is.key,
    otherwise: 'none',
    example: 'what `openssl rand -base64 32` prints',
    secret: true,
  },
} satisfies Table;

const registration = {
  REGISTRATION: {
    about:
      'Whether apps may register themselves as clients (RFC 7591): nobody, everybody who reaches Gatehouse (`open`), or who holds an initial access token (`token`; `gatehouse registration --help`).',
    kind: is.choice('off', 'open', 'token'),
    otherwise: '`off`; in the profile `conformance` `open`',
    example: 'token',
  },
  REGISTRATION_RESOURCES: {
    about: 'The APIs that every client which registered itself may ask tokens for, by their resource.',
    kind: is.resources,
    otherwise: 'none',
    example: 'https://api.example.com/orders',
  },
  SOFTWARE_STATEMENT_ISSUERS: {
    about:
      'Whose software statements count (RFC 7591): what they say of an app, the app cannot say otherwise. Each with where its public keys are.',
    kind: is.statementIssuers,
    otherwise: 'nobody’s: a registration with one is refused',
    example: 'https://directory.example.com https://directory.example.com/jwks',
  },
  REGISTRATION_PER_ADDRESS: {
    about:
      'How many registrations one network address may try within THROTTLE_WINDOW, where REGISTRATION is `open`.',
    kind: is.integer(1, 1_000_000),
    default: '20',
    example: '5',
  },
  REGISTRATION_UNUSED_LIFETIME: {
    about:
      'A client that registered itself is removed when it got no token for this long. One that got some is kept until its refresh tokens are over, too.',
    kind: is.duration('1h', '3650d'),
    default: '30d',
    example: '7d',
  },
} satisfies Table;

const passwords = {
  PASSWORD_MIN_LENGTH: {
    about: 'The fewest characters of a new password.',
    kind: is.integer(8, 64),
    default: '12',
    example: '15',
  },
  PASSWORD_MEMORY: {
    about: 'Memory of one argon2id hash in KiB. Stored hashes rise to new parameters at the next sign-in.',
    kind: is.integer(64, 4_194_304),
    default: '19456',
    example: '47104',
  },
  PASSWORD_PASSES: {
    about: 'Passes of argon2id over its memory.',
    kind: is.integer(1, 16),
    default: '2',
    example: '3',
  },
  PASSWORD_LANES: { about: 'Lanes of argon2id.', kind: is.integer(1, 8), default: '1', example: '1' },
  PASSWORD_WORKERS: {
    about: 'Threads that hash passwords.',
    kind: is.integer(1, 64),
    otherwise: 'one less than there are processor cores, at least 1',
    example: '4',
  },
  PASSWORD_QUEUE: {
    about: 'How many sign-ins may wait for those threads; the next is asked to come back later (503).',
    kind: is.integer(1, 10_000),
    default: '60',
    example: '200',
  },
} satisfies Table;

const throttle = {
  THROTTLE_PER_ACCOUNT: {
    about:
      'How many sign-ins to one account may fail before the next has to wait for the window to end. Browsers that its owner has used before count on their own.',
    kind: is.integer(1, 1_000_000),
    default: '10',
    example: '5',
  },
  THROTTLE_PER_ADDRESS: {
    about: 'The same for one network address, which many people may share.',
    kind: is.integer(1, 1_000_000),
    default: '100',
    example: '300',
  },
  THROTTLE_WINDOW: { about: 'The window.', kind: is.duration('1s', '1d'), default: '15m', example: '1h' },
} satisfies Table;

/** The chapters of the reference. */
export const groups: Readonly<Record<string, Table>> = {
  Server: server,
  'Data and keys': data,
  Log: log,
  Appearance: appearance,
  Protocol: protocol,
  Notices: notices,
  Registration: registration,
  Lifetimes: lifetimes,
  Passwords: passwords,
  'Failed sign-ins': throttle,
};

export const variables = {
  ...server,
  ...data,
  ...log,
  ...appearance,
  ...protocol,
  ...notices,
  ...registration,
  ...lifetimes,
  ...passwords,
  ...throttle,
};

export type VariableName = keyof typeof variables;

/** What was read: a variable with a default always has a value. */
export type Values = {
  readonly [N in VariableName]: (typeof variables)[N] extends { kind: Kind<infer T> }
    ? (typeof variables)[N] extends { default: string }
      ? T
      : T | undefined
    : never;
};
