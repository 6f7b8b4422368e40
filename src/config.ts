/** One frozen, typed object made from the environment at start; nothing else in Gatehouse reads the environment. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { RESPONSE_TYPES, type StatementIssuerSource } from './config-kinds.js';
import { mutualTlsFaults, mutualTlsFrom, type MutualTls } from './config-mutual-tls.js';
import type { Values } from './config-variables.js';
import { readEnvironment } from './environment.js';
import type { ConfigFault, Environment } from './environment.js';

export { loadEnvironment } from './environment.js';
export type { MutualTls } from './config-mutual-tls.js';
export type { ConfigFault } from './environment.js';

export interface Config {
  readonly production: boolean;
  /** The issuer identifier: every URL that leaves the server starts with it. No trailing slash; may have a path. */
  readonly issuer: string;
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** PEM files; undefined: plain http. */
    readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  };
  readonly store: { readonly url: string };
  readonly keys: {
    /** Holds `master.key` when no master key is given. */
    readonly directory: string;
    /** 32 bytes. */
    readonly masterKey?: Uint8Array;
  };
  /** Addresses and networks (CIDR) of reverse proxies whose forwarded headers count; empty: nobody's do. */
  readonly trustedProxies: readonly string[];
  /** RFC 8705: how certificates of clients reach Gatehouse; undefined: not at all. */
  readonly mutualTls?: MutualTls;
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
  readonly brand: Brand;
  /** Language of pages and messages when neither the request nor the browser asks for one we have. */
  readonly defaultLanguage: 'en' | 'de';
  readonly protocol: {
    /** `conformance`: everything that the official suite wants is on, and its user and clients are there. */
    readonly profile: 'default' | 'conformance';
    /** Origin of the suite that the profile `conformance` is for. */
    readonly suiteUrl: string;
    /** What clients may be given; all else is unknown to the server. */
    readonly responseTypes: readonly string[];
    /** RFC 9126: no client may send its authorization request through the browser. */
    readonly requirePushedRequests: boolean;
    /** OpenID Connect CIBA. */
    readonly ciba: boolean;
    /** RFC 8705: what a certificate may prove a client by; `all`: also that an authority of ours issued it. */
    readonly clientCertificates: 'none' | 'self_signed' | 'all';
  };
  /** Clients that register themselves (RFC 7591). */
  readonly registration: {
    /** `open`: whoever reaches the server may; `token`: who holds an initial access token. */
    readonly mode: 'off' | 'open' | 'token';
    /** Resource indicators (RFC 8707) of services that they may ask tokens for. */
    readonly resources: readonly string[];
    /** Whose software statements count, and where their public keys are: an https URL or a file. */
    readonly statementIssuers: readonly StatementIssuerSource[];
    /** Tries of one network address within the window of `throttle` while it is open; undefined: any number. */
    readonly perAddress?: number;
    /** For how long one that gets no token is kept, in seconds. */
    readonly unusedLifetime: number;
  };
  /** Apps that describe themselves, by a document whose address is their client id. */
  readonly clientDocuments: {
    /** Where such documents may lie (`host` or `host:port`); empty: nowhere. */
    readonly hosts: readonly string[];
    /** Services that those apps may ask tokens for. */
    readonly resources: readonly string[];
  };
  /** Lives, in seconds. */
  readonly lifetimes: {
    readonly accessToken: number;
    readonly idToken: number;
    readonly refreshToken: number;
    /** Time to finish signing in. */
    readonly interaction: number;
    /** Time to finish signing in a device that shows a code. */
    readonly deviceCode: number;
    /** Time to answer what a client asks by CIBA. */
    readonly cibaRequest: number;
    readonly sessionIdle: number;
    readonly sessionAbsolute: number;
    /** For how long a refresh token that was just rotated is accepted once more from a parallel request; 0: never. */
    readonly refreshGrace: number;
    /** How far clocks may be apart. */
    readonly clockTolerance: number;
  };
  readonly passwords: {
    readonly minimumLength: number;
    /** argon2id: memory in KiB, passes, lanes. */
    readonly memory: number;
    readonly passes: number;
    readonly lanes: number;
    /** Threads that hash, and how many sign-ins may wait for them before the next is refused with 503. */
    readonly workers: number;
    readonly queue: number;
  };
  /** Failed sign-ins before the next must wait for the window to end. */
  readonly throttle: {
    readonly perAccount: number;
    readonly perAddress: number;
    readonly windowSeconds: number;
  };
  /** Where notices to people are posted, and what signs them; undefined: nowhere. */
  readonly noticeWebhook?: { readonly url: string; readonly secret: Uint8Array };
  /** Hosts (`host` or `host:port`) that outbound requests may reach although their address is private. */
  readonly outboundAllowed: readonly string[];
  /** How long a stopping server waits for requests in flight, in seconds. */
  readonly shutdownSeconds: number;
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface Brand {
  readonly name: string;
  /** https or data: URL of an image; undefined: the built-in mark. */
  readonly logoUrl?: string;
  /** CSS colours of buttons and links, in light and in dark. */
  readonly accent: { readonly light: string; readonly dark: string };
  readonly links: {
    readonly imprint?: string;
    readonly privacy?: string;
    readonly terms?: string;
    readonly support?: string;
  };
}

/** Everything that is wrong with the configuration at once, in words. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const count = faults.length === 1 ? 'One setting needs' : `${faults.length} settings need`;
    super([`${count} a change:`, ...faults.map(({ message }) => `  - ${message}`)].join('\n'));
    this.faults = faults;
  }
}

/**
 * The configuration that `environment` asks for, frozen. Relative paths start at `cwd`.
 *
 * @throws ConfigError with all faults
 */
export function loadConfig(
  environment: Environment,
  { cwd = process.cwd(), terminal = process.stdout.isTTY }: { cwd?: string; terminal?: boolean } = {},
): Config {
  const { values, faults } = readEnvironment(environment, cwd);
  const config = configFrom(values, cwd, terminal);
  faults.push(...unsafe(config, values));
  if (faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(config);
}

function configFrom(values: Values, cwd: string, terminal: boolean): Config {
  const production = values.NODE_ENV === 'production';
  const conformance = values.PROFILE === 'conformance';
  const { TLS_CERT_FILE: certificateFile, TLS_KEY_FILE: keyFile } = values;
  const tls =
    certificateFile !== undefined && keyFile !== undefined
      ? { certificateFile: resolve(cwd, certificateFile), keyFile: resolve(cwd, keyFile) }
      : undefined;
  return {
    production,
    issuer: values.ISSUER ?? `${tls ? 'https' : 'http'}://localhost:${values.PORT}/oidc`,
    listen: {
      host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
      port: values.PORT,
      ...given({ tls }),
    },
    store: { url: absoluteStoreUrl(values.STORE_URL, cwd) },
    keys: { directory: resolve(cwd, values.KEYS_DIR), ...given({ masterKey: values.MASTER_KEY }) },
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    ...given({ mutualTls: mutualTlsFrom(values, cwd) }),
    log: {
      level: values.LOG_LEVEL,
      format: values.LOG_FORMAT ?? (terminal && !production ? 'pretty' : 'json'),
    },
    brand: {
      name: values.BRAND_NAME,
      ...given({ logoUrl: values.BRAND_LOGO_URL }),
      accent: { light: values.BRAND_ACCENT_LIGHT, dark: values.BRAND_ACCENT_DARK },
      links: given({
        imprint: values.BRAND_IMPRINT_URL,
        privacy: values.BRAND_PRIVACY_URL,
        terms: values.BRAND_TERMS_URL,
        support: values.BRAND_SUPPORT_URL,
      }),
    },
    defaultLanguage: values.DEFAULT_LANGUAGE,
    protocol: {
      profile: values.PROFILE,
      suiteUrl: values.CONFORMANCE_SUITE_URL,
      responseTypes: values.RESPONSE_TYPES ?? (conformance ? RESPONSE_TYPES : ['code']),
      requirePushedRequests: values.REQUIRE_PAR === 'yes',
      ciba: (values.CIBA ?? (conformance ? 'on' : 'off')) === 'on',
      clientCertificates:
        values.MTLS === 'off' ? 'none' : values.MTLS_CA_FILE === undefined ? 'self_signed' : 'all',
    },
    registration: {
      mode: values.REGISTRATION ?? (conformance ? 'open' : 'off'),
      resources: values.REGISTRATION_RESOURCES ?? [],
      statementIssuers: (values.SOFTWARE_STATEMENT_ISSUERS ?? []).map(({ issuer, jwks }) => ({
        issuer,
        jwks: jwks.startsWith('https:') ? jwks : resolve(cwd, jwks),
      })),
      ...(conformance ? {} : { perAddress: values.REGISTRATION_PER_ADDRESS }),
      unusedLifetime: values.REGISTRATION_UNUSED_LIFETIME,
    },
    clientDocuments: {
      hosts: values.CLIENT_METADATA_HOSTS ?? [],
      resources: values.CLIENT_METADATA_RESOURCES ?? [],
    },
    lifetimes: {
      accessToken: values.ACCESS_TOKEN_LIFETIME,
      idToken: values.ID_TOKEN_LIFETIME,
      refreshToken: values.REFRESH_TOKEN_LIFETIME,
      interaction: values.INTERACTION_LIFETIME,
      deviceCode: values.DEVICE_CODE_LIFETIME,
      cibaRequest: values.CIBA_REQUEST_LIFETIME,
      sessionIdle: values.SESSION_IDLE_LIFETIME,
      sessionAbsolute: values.SESSION_LIFETIME,
      refreshGrace: values.REFRESH_TOKEN_GRACE,
      clockTolerance: values.CLOCK_TOLERANCE,
    },
    passwords: {
      minimumLength: values.PASSWORD_MIN_LENGTH,
      memory: values.PASSWORD_MEMORY,
      passes: values.PASSWORD_PASSES,
      lanes: values.PASSWORD_LANES,
      workers: values.PASSWORD_WORKERS ?? Math.max(1, availableParallelism() - 1),
      queue: values.PASSWORD_QUEUE,
    },
    throttle: {
      perAccount: values.THROTTLE_PER_ACCOUNT,
      perAddress: values.THROTTLE_PER_ADDRESS,
      windowSeconds: values.THROTTLE_WINDOW,
    },
    ...given({ noticeWebhook: noticeWebhook(values) }),
    outboundAllowed: [
      ...(values.OUTBOUND_ALLOWED_HOSTS ?? []),
      ...(conformance ? [new URL(values.CONFORMANCE_SUITE_URL).host] : []),
    ],
    shutdownSeconds: values.SHUTDOWN_SECONDS,
  };
}

function noticeWebhook({ NOTICE_WEBHOOK_URL: url, NOTICE_WEBHOOK_SECRET: secret }: Values) {
  return url === undefined || secret === undefined ? undefined : { url, secret };
}

/** What each variable by itself allows, but not together. */
function unsafe(config: Config, values: Values): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const { memory, passes } = config.passwords;
  if (
    config.production &&
    config.issuer.startsWith('http:') &&
    !isLoopback(new URL(config.issuer).hostname)
  ) {
    faults.push({
      variable: 'ISSUER',
      message: `ISSUER is ${config.issuer}: in production passwords and tokens travel over https only. Set it to the https address that the reverse proxy serves; for example https://id.example.com/oidc`,
    });
  }
  if ((values.TLS_CERT_FILE === undefined) !== (values.TLS_KEY_FILE === undefined)) {
    const [given, missing] =
      values.TLS_KEY_FILE === undefined
        ? ['TLS_CERT_FILE', 'TLS_KEY_FILE']
        : ['TLS_KEY_FILE', 'TLS_CERT_FILE'];
    faults.push({
      variable: missing,
      message: `${given} is set, and ${missing} is not. Set both, or neither.`,
    });
  }
  if (config.listen.tls && config.issuer.startsWith('http:')) {
    faults.push({
      variable: 'ISSUER',
      message: `ISSUER is ${config.issuer}, but with TLS_CERT_FILE nothing answers there. Write it with https.`,
    });
  }
  if ((values.NOTICE_WEBHOOK_URL === undefined) !== (values.NOTICE_WEBHOOK_SECRET === undefined)) {
    faults.push({
      variable: 'NOTICE_WEBHOOK_SECRET',
      message: 'NOTICE_WEBHOOK_URL and NOTICE_WEBHOOK_SECRET belong together. Set both, or neither.',
    });
  }
  const webhook = config.noticeWebhook && new URL(config.noticeWebhook.url);
  if (
    webhook?.protocol === 'http:' &&
    ![webhook.host, webhook.hostname].some((host) => config.outboundAllowed.includes(host))
  ) {
    faults.push({
      variable: 'NOTICE_WEBHOOK_URL',
      message: `NOTICE_WEBHOOK_URL is without TLS, and notices say who is asked for what. Write it with https, or put ${webhook.host} into OUTBOUND_ALLOWED_HOSTS.`,
    });
  }
  faults.push(...mutualTlsFaults(config, values));
  const { hostname } = new URL(config.issuer);
  if (
    config.protocol.profile === 'conformance' &&
    !isLoopback(hostname) &&
    values.CONFORMANCE_ON_PUBLIC_ISSUER !== hostname
  ) {
    faults.push({
      variable: 'PROFILE',
      message: `PROFILE is conformance and ISSUER is ${config.issuer}, which is not on loopback: everybody who reaches it could sign in with the password of the suite's user. If that is what you want, set CONFORMANCE_ON_PUBLIC_ISSUER=${hostname}`,
    });
  }
  if (config.lifetimes.sessionIdle > config.lifetimes.sessionAbsolute) {
    faults.push({
      variable: 'SESSION_IDLE_LIFETIME',
      message: 'SESSION_IDLE_LIFETIME is longer than SESSION_LIFETIME. Make it shorter, or the other longer.',
    });
  }
  // Tests hash cheaply.
  if (
    values.NODE_ENV !== 'test' &&
    !argonMinimum.some(([least, times]) => memory >= least && passes >= times)
  ) {
    faults.push({
      variable: 'PASSWORD_MEMORY',
      message: `PASSWORD_MEMORY ${memory} with PASSWORD_PASSES ${passes} is weaker than OWASP's minimum for argon2id. Set at least 19456 with 2 passes, 47104 with 1 or 12288 with 3.`,
    });
  }
  return faults;
}

/** OWASP Password Storage Cheat Sheet: KiB and passes that are equally hard to crack. */
const argonMinimum = [
  [47_104, 1],
  [19_456, 2],
  [12_288, 3],
  [9_216, 4],
  [7_168, 5],
] as const;

/** RFC 6761 section 6.3 and RFC 8252 section 8.3; `hostname` as URL gives it. */
function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function absoluteStoreUrl(url: string, cwd: string): string {
  const file = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined;
  return file === undefined || file === ':memory:' ? url : `sqlite:${resolve(cwd, file)}`;
}

/** Drops the members that are undefined. */
function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function deepFreeze<T extends object>(value: T): T {
  // A typed array can't be frozen.
  if (ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) if (typeof member === 'object') deepFreeze(member as object);
  return Object.freeze(value);
}
