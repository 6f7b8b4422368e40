/** One frozen, typed object made from the environment at start; nothing else in Gatehouse reads the environment. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { conflicts } from './config-conflicts.js';
import { RESPONSE_TYPES } from './config-kinds.js';
import { mutualTlsFrom } from './config-mutual-tls.js';
import type { Config } from './config-shape.js';
import type { Values } from './config-variables.js';
import { readEnvironment } from './environment.js';
import type { ConfigFault, Environment } from './environment.js';

export { loadEnvironment } from './environment.js';
export type { Brand, Config, MutualTls } from './config-shape.js';
export type { ConfigFault } from './environment.js';

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
  faults.push(...conflicts(config, values));
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
