import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { configurationPage, environmentExample } from '../../scripts/configuration-docs.js';
import { variables } from '../../src/config-variables.js';
import type { Variable } from '../../src/config-variables.js';
import { ConfigError, loadConfig, loadEnvironment } from '../../src/config.js';
import type { Config } from '../../src/config.js';
import { environmentWarnings } from '../../src/environment-warnings.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const load = (environment: Record<string, string>): Config =>
  loadConfig(environment, { cwd, terminal: false });

function faultsOf(environment: Record<string, string>): string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ message }) => message);
    throw error;
  }
  return [];
}

function file(name: string, content: string): string {
  writeFileSync(join(cwd, name), content);
  return name;
}

describe('with nothing set', () => {
  test('Gatehouse serves this machine alone, from an embedded store', () => {
    const config = load({});
    expect(config).toMatchObject({
      production: false,
      issuer: 'http://localhost:3000/oidc',
      listen: { host: '127.0.0.1', port: 3000 },
      store: { url: `sqlite:${join(cwd, '.data/gatehouse.db')}` },
      keys: { directory: join(cwd, 'keys') },
      trustedProxies: [],
      outboundAllowed: [],
      log: { level: 'info', format: 'json' },
      defaultLanguage: 'en',
      shutdownSeconds: 10,
    });
    expect(config.lifetimes).toEqual({
      accessToken: 600,
      cibaRequest: 600,
      idToken: 600,
      refreshToken: 30 * 86_400,
      interaction: 3600,
      deviceCode: 600,
      sessionIdle: 12 * 3600,
      sessionAbsolute: 14 * 86_400,
      refreshGrace: 0,
      clockTolerance: 15,
    });
    expect(config.passwords).toMatchObject({ minimumLength: 12, memory: 19_456, passes: 2, lanes: 1 });
    expect(config.throttle).toEqual({ perAccount: 10, perAddress: 100, windowSeconds: 900 });
    expect(Object.keys(config.keys)).toEqual(['directory']);
  });

  test('empty variables count as not set', () => {
    expect(load({ ISSUER: '', PORT: '', MASTER_KEY: '', MASTER_KEY_FILE: '' })).toEqual(load({}));
  });

  test('logs are for people on a terminal, and for machines in production', () => {
    const format = (environment: Record<string, string>) =>
      loadConfig(environment, { cwd, terminal: true }).log.format;
    expect(format({})).toBe('pretty');
    expect(format({ NODE_ENV: 'production' })).toBe('json');
    expect(format({ NODE_ENV: 'production', LOG_FORMAT: 'pretty' })).toBe('pretty');
  });
});

test('every default and every example is accepted', () => {
  for (const [name, variable] of Object.entries<Variable>(variables)) {
    const words = variable.example.includes('`');
    const texts = [variable.default, words ? undefined : variable.example].filter(
      (text) => text !== undefined,
    );
    for (const text of texts) expect([name, variable.kind.read(text)]).not.toEqual([name, undefined]);
  }
});

test('every variable that is declared changes something', () => {
  /** Where the example is words, or happens to be what counts anyway. */
  const other: Record<string, string> = {
    HOST: '127.0.0.2',
    MASTER_KEY: 'ab'.repeat(32),
    NOTICE_WEBHOOK_SECRET: 'ab'.repeat(32),
    PASSWORD_LANES: '2',
    PASSWORD_WORKERS: '64',
    LOG_FORMAT: 'pretty',
  };
  const withTls = { TLS_CERT_FILE: 'cert.pem', TLS_KEY_FILE: 'key.pem' };
  const behindProxy = { ISSUER: 'https://id.example.com/oidc', TRUSTED_PROXIES: 'loopback' };
  const notices = { NOTICE_WEBHOOK_URL: 'https://a.example/', NOTICE_WEBHOOK_SECRET: 'cd'.repeat(32) };
  /** What does something beside others alone. */
  const beside = (name: string): Record<string, string> => {
    if (name === 'MTLS_PORT') return { ...withTls, MTLS: 'direct' };
    if (name.startsWith('MTLS')) return { ...behindProxy, ...(name !== 'MTLS' && { MTLS: 'proxy' }) };
    if (name.startsWith('NOTICE_')) return notices;
    return name.startsWith('TLS_') ? withTls : {};
  };
  const without = (name: string) => load(name.startsWith('MTLS') ? beside(name) : {});
  const ineffective = Object.entries<Variable>(variables)
    .filter(([name]) => name !== 'CONFORMANCE_ON_PUBLIC_ISSUER') // it only lifts a refusal: see its own test
    .filter(([name, { example }]) =>
      isDeepStrictEqual(load({ ...beside(name), [name]: other[name] ?? example }), without(name)),
    )
    .map(([name]) => name);
  expect(ineffective).toEqual([]);
});

test('the default issuer follows the port', () => {
  expect(load({ PORT: '8080' }).issuer).toBe('http://localhost:8080/oidc');
});

test('the configuration is frozen to its depth', () => {
  const config = load({ BRAND_SUPPORT_URL: 'mailto:help@example.com', TRUSTED_PROXIES: 'loopback' });
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(config)).toBe(true);
  expect(config.brand.links).toEqual({ support: 'mailto:help@example.com' });
});

describe('faults', () => {
  test('are reported all at once, each with the name, the value, what is expected and an example', () => {
    expect(faultsOf({ PORT: 'http', DEFAULT_LANGUAGE: 'fr', ACCESS_TOKEN_LIFETIME: '1 week' })).toEqual([
      'PORT is "http". Expected a whole number from 1 to 65535; for example 8080',
      'DEFAULT_LANGUAGE is "fr". Expected one of en, de; for example de',
      'ACCESS_TOKEN_LIFETIME is "1 week". Expected a time from 30s to 1d, in seconds or with a unit (90s, 15m, 12h, 30d); for example 5m',
    ]);
    expect(() => load({ PORT: '0', HOST: 'a b' })).toThrow(
      /^2 settings need a change:\n {2}- HOST .*\n {2}- PORT /,
    );
  });

  test.each([
    ['STORE_URL', 'mysql://root:hunter2@db/gatehouse'],
    ['MASTER_KEY', 'hunter2'],
  ])('never show what %s holds', (name, value) => {
    const faults = faultsOf({ [name]: value, [`${name}_OLD`]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${name} holds something else (not shown`);
    expect(faults[0]).not.toContain('hunter2');
    expect(faultsOf({ [`${name}_FILE`]: file('secret', value) }).join()).not.toContain('hunter2');
  });

  test('cannot forge a line of the log', () => {
    expect(faultsOf({ LOG_LEVEL: 'info\n  - all is well' })[0]).toContain(
      'LOG_LEVEL is "info\\n  - all is well"',
    );
  });
});

describe('a variable given as a file', () => {
  test('is read without the line break at its end', () => {
    const MASTER_KEY_FILE = file('key', `${Buffer.alloc(32, 7).toString('base64')}\n`);
    expect(load({ MASTER_KEY_FILE }).keys.masterKey).toEqual(new Uint8Array(32).fill(7));
    expect(load({ BRAND_NAME_FILE: file('name', ' Example \r\n') }).brand.name).toBe(' Example ');
  });

  test('is refused when the variable is set as well, or when the file is missing or empty', () => {
    expect(faultsOf({ PORT: '3000', PORT_FILE: file('port', '3000') })).toEqual([
      'PORT and PORT_FILE are both set. Set one of them.',
    ]);
    expect(faultsOf({ PORT_FILE: 'nowhere' })).toEqual([
      'PORT_FILE is "nowhere", which cannot be read (ENOENT).',
    ]);
    expect(faultsOf({ PORT_FILE: file('empty', '\n') })).toEqual([
      'PORT_FILE is "empty", but that file is empty.',
    ]);
  });
});

describe('the issuer', () => {
  test.each([
    'https://id.example.com',
    'https://id.example.com/oidc',
    'https://id.example.com:8443/a/b',
    'http://[::1]:3000/oidc',
  ])('may be %s', (ISSUER) => {
    expect(load({ ISSUER }).issuer).toBe(ISSUER);
  });

  test.each([
    'id.example.com/oidc',
    '/oidc',
    'ftp://id.example.com/oidc',
    'https://id.example.com/',
    'https://id.example.com/oidc/',
    'https://ID.example.com/oidc',
    'https://id.example.com:443/oidc',
    'https://id.example.com/oidc?tenant=a',
    'https://id.example.com/oidc?',
    'https://id.example.com/oidc#top',
    'https://admin@id.example.com/oidc',
    'https://id.example.com/a/../oidc',
    'https://id.example.com//oidc',
    'https://id.example.com\\oidc',
    'https://id.example.com/oidc ',
  ])('must not be %s', (ISSUER) => {
    expect(faultsOf({ ISSUER })).toHaveLength(1);
  });
});

describe('in production', () => {
  const production = (more: Record<string, string>) => ({ NODE_ENV: 'production', ...more });

  test('every interface is listened on, as containers need it', () => {
    expect(load(production({})).listen.host).toBe('0.0.0.0');
    expect(load(production({ HOST: '::1' })).listen.host).toBe('::1');
  });

  test('an issuer that is not https is refused with the reason', () => {
    expect(faultsOf(production({ ISSUER: 'http://id.example.com/oidc' }))[0]).toContain('over https only');
    expect(faultsOf(production({ ISSUER: 'http://localhost.example.com/oidc' }))).toHaveLength(1);
    expect(faultsOf({ ISSUER: 'http://id.example.com/oidc' })).toEqual([]);
  });

  test.each([
    'http://localhost:3000',
    'http://id.localhost/oidc',
    'http://127.0.0.1/oidc',
    'http://[::1]:80/oidc',
  ])('the loopback address %s is allowed without https', (ISSUER) => {
    const usual = ISSUER.replace(':80/', '/');
    expect(load(production({ ISSUER: usual })).issuer).toBe(usual);
  });

  test('a word like prod is a fault, not silently something laxer', () => {
    expect(faultsOf({ NODE_ENV: 'prod' })[0]).toContain('one of development, production, test');
  });
});

describe('values', () => {
  test.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
  ])('the time %s is %i seconds', (text, seconds) => {
    expect(load({ INTERACTION_LIFETIME: text }).lifetimes.interaction).toBe(seconds);
  });

  test.each(['0', '59', '2d', '1.5h', '-5m', '1 h', '15M', '1e3', ''.padStart(12, '9')])(
    'the time %s is refused',
    (INTERACTION_LIFETIME) => {
      expect(faultsOf({ INTERACTION_LIFETIME })).toHaveLength(1);
    },
  );

  test('a refresh token is accepted again for a minute at most', () => {
    expect(load({ REFRESH_TOKEN_GRACE: '60' }).lifetimes.refreshGrace).toBe(60);
    expect(faultsOf({ REFRESH_TOKEN_GRACE: '61' })).toHaveLength(1);
  });

  test('a session cannot idle for longer than it lives', () => {
    expect(faultsOf({ SESSION_IDLE_LIFETIME: '2d', SESSION_LIFETIME: '1d' })[0]).toContain(
      'SESSION_LIFETIME',
    );
  });

  test('the master key may be written in base64, base64url or hex', () => {
    const bytes = Buffer.from('fbff'.repeat(16), 'hex');
    for (const MASTER_KEY of [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]) {
      expect(load({ MASTER_KEY }).keys.masterKey).toEqual(new Uint8Array(bytes));
    }
    for (const MASTER_KEY of [
      bytes.subarray(1).toString('base64'),
      bytes.subarray(1).toString('base64url'),
      `${bytes.toString('hex')}00`,
      'x'.repeat(32),
    ]) {
      expect(faultsOf({ MASTER_KEY })).toHaveLength(1);
    }
  });

  test('trusted proxies are addresses, networks and the names of two', () => {
    expect(load({ TRUSTED_PROXIES: 'loopback, 203.0.113.7,2001:db8::/32, private' }).trustedProxies).toEqual([
      '127.0.0.0/8',
      '::1/128',
      '203.0.113.7',
      '2001:db8::/32',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      'fc00::/7',
    ]);
    for (const TRUSTED_PROXIES of [
      'all',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '10.0.0.0/8/8',
      'proxy',
      '10.0.0.1,',
    ]) {
      expect([TRUSTED_PROXIES, faultsOf({ TRUSTED_PROXIES }).length]).toEqual([TRUSTED_PROXIES, 1]);
    }
  });

  test('outbound hosts may have a port, and are compared in lower case', () => {
    const OUTBOUND_ALLOWED_HOSTS = 'App.internal:8443, [fd00::1]:80,10.0.0.1';
    expect(load({ OUTBOUND_ALLOWED_HOSTS }).outboundAllowed).toEqual([
      'app.internal:8443',
      '[fd00::1]:80',
      '10.0.0.1',
    ]);
    for (const wrong of [
      'http://app.internal',
      'app.internal:0',
      'app.internal:65536',
      '*.internal',
      '[::g]',
    ]) {
      expect([wrong, faultsOf({ OUTBOUND_ALLOWED_HOSTS: wrong }).length]).toEqual([wrong, 1]);
    }
  });

  test('the store is a file or a MongoDB server', () => {
    expect(load({ STORE_URL: 'sqlite::memory:' }).store.url).toBe('sqlite::memory:');
    expect(load({ STORE_URL: 'sqlite:/var/lib/gatehouse.db' }).store.url).toBe(
      'sqlite:/var/lib/gatehouse.db',
    );
    const mongo = 'mongodb+srv://gatehouse:pass@db.example.com/gatehouse';
    expect(load({ STORE_URL: mongo }).store.url).toBe(mongo);
    for (const STORE_URL of [
      'gatehouse.db',
      'sqlite:',
      'sqlite://gatehouse.db',
      'mongodb://',
      'postgres://db',
    ]) {
      expect([STORE_URL, faultsOf({ STORE_URL }).length]).toEqual([STORE_URL, 1]);
    }
  });

  test('a colour is six hex digits with or without #, which in a .env would start a comment', () => {
    for (const BRAND_ACCENT_LIGHT of ['AA00bb', '#AA00bb']) {
      expect(load({ BRAND_ACCENT_LIGHT }).brand.accent.light).toBe('#aa00bb');
    }
    for (const wrong of ['##aa00bb', 'aa00b', '#abc', 'aa00bb;'])
      expect([wrong, faultsOf({ BRAND_ACCENT_LIGHT: wrong }).length]).toEqual([wrong, 1]);
    expect(load({}).brand.accent).toEqual({ light: '#17594a', dark: '#7fc8b4' });
  });

  test('colours and links cannot carry CSS or scripts into pages', () => {
    expect(faultsOf({ BRAND_ACCENT_LIGHT: 'red;}body{display:none' })).toHaveLength(1);
    expect(faultsOf({ BRAND_TERMS_URL: 'javascript:alert(1)' })).toHaveLength(1);
    expect(faultsOf({ BRAND_LOGO_URL: 'data:text/html,<script>' })).toHaveLength(1);
    expect(faultsOf({ BRAND_NAME: 'Example\u202eelpmaxE' })).toHaveLength(1);
  });

  test("password hashes are not weaker than OWASP's minimum, except in tests", () => {
    const cheap = { PASSWORD_MEMORY: '1024', PASSWORD_PASSES: '1' };
    expect(faultsOf(cheap)[0]).toContain('OWASP');
    expect(load({ ...cheap, NODE_ENV: 'test' }).passwords).toMatchObject({ memory: 1024, passes: 1 });
    expect(faultsOf({ PASSWORD_MEMORY: '19456', PASSWORD_PASSES: '1' })).toHaveLength(1);
    expect(faultsOf({ PASSWORD_MEMORY: '12288', PASSWORD_PASSES: '3' })).toEqual([]);
  });
});

describe('a variable that nobody reads', () => {
  const nowhere = '/nowhere';

  test('is named together with the one that is probably meant', () => {
    expect(
      environmentWarnings(
        {
          ISUER: 'x',
          BRAND_ACENT_LIGHT: 'x',
          GATEHOUSE_STORE_URL: 'x',
          MASTERKEY_FILE: 'x',
        },
        nowhere,
      ),
    ).toEqual([
      'ISUER is set but not read. Is ISSUER meant?',
      'BRAND_ACENT_LIGHT is set but not read. Is BRAND_ACCENT_LIGHT meant?',
      'GATEHOUSE_STORE_URL is set but not read. Is STORE_URL meant?',
      'MASTERKEY_FILE is set but not read. Is MASTER_KEY_FILE meant?',
    ]);
    expect(environmentWarnings({ GATEHOUSE_MODE: 'x' }, nowhere)).toEqual([
      'GATEHOUSE_MODE is set but not read: Gatehouse has no such variable.',
    ]);
  });

  test('is left alone when it is somebody else’s', () => {
    const others = [
      'PATH',
      'HOME',
      'USER',
      'POST',
      'HOSTNAME',
      'LANGUAGE',
      'LOGNAME',
      'SESSION_MANAGER',
      'SSL_CERT_FILE',
      'ISSUER',
    ];
    expect(environmentWarnings(Object.fromEntries(others.map((name) => [name, 'x'])), nowhere)).toEqual([]);
  });
});

describe('.env', () => {
  test('adds what the environment does not set', () => {
    file('.env', 'PATH=/nowhere\nBRAND_NAME="From the file"\n');
    const environment = loadEnvironment(cwd);
    expect(environment.BRAND_NAME).toBe('From the file');
    expect(environment.PATH).toBe(process.env.PATH);
    expect(process.env.BRAND_NAME).toBeUndefined();
  });

  test('is searched for slips too, of short names as well: what stands there is meant for Gatehouse', () => {
    file('.env', 'PROT=1\nHOTS=x\nLOG_LEVLE=debug\nPATH=x\nBRAND_NAME=x\n');
    expect(environmentWarnings({}, cwd)).toEqual([
      'PROT is set but not read. Is PORT meant?',
      'HOTS is set but not read. Is HOST meant?',
      'LOG_LEVLE is set but not read. Is LOG_LEVEL meant?',
    ]);
    expect(environmentWarnings({ LOG_LEVLE: 'debug' }, cwd)).toHaveLength(3);
  });

  test('loses no value to a # in silence', () => {
    file(
      '.env',
      'BRAND_ACCENT_LIGHT=#aa0000\nexport BRAND_ACCENT_DARK = #bb0000\nBRAND_NAME="#1"\nBRAND_LOGO_URL= # none yet\nOTHER=#x\n',
    );
    expect(environmentWarnings({}, cwd)).toEqual([
      'BRAND_ACCENT_LIGHT in .env is empty: an unquoted # starts a comment. Put its value in quotes.',
      'BRAND_ACCENT_DARK in .env is empty: an unquoted # starts a comment. Put its value in quotes.',
    ]);
    expect(environmentWarnings({ BRAND_ACCENT_LIGHT: '00aa00' }, cwd)).toHaveLength(1);
  });

  test('may be absent', () => {
    expect(loadEnvironment(join(cwd, 'nowhere'))).toEqual({ ...process.env });
  });
});

test.each([
  ['docs/configuration.md', configurationPage],
  ['.env.example', environmentExample],
])('%s is up to date (npm run docs)', (path, render) => {
  expect(readFileSync(path, 'utf8')).toBe(render());
});

test('the profile conformance is refused in public unless the host is said twice', () => {
  const issuer = 'https://op.test.example/oidc';
  expect(() => load({ PROFILE: 'conformance', ISSUER: issuer })).toThrow(
    'CONFORMANCE_ON_PUBLIC_ISSUER=op.test.example',
  );
  expect(() =>
    load({ PROFILE: 'conformance', ISSUER: issuer, CONFORMANCE_ON_PUBLIC_ISSUER: 'other.test.example' }),
  ).toThrow('op.test.example');
  const told = load({
    PROFILE: 'conformance',
    ISSUER: issuer,
    CONFORMANCE_ON_PUBLIC_ISSUER: 'op.test.example',
  });
  expect(told.protocol.profile).toBe('conformance');
  expect(load({ PROFILE: 'conformance' }).protocol.responseTypes).toContain('code id_token token');
  expect(load({}).protocol).toEqual({
    ciba: false,
    profile: 'default',
    suiteUrl: 'https://localhost.emobix.co.uk:8443',
    responseTypes: ['code'],
    requirePushedRequests: false,
    clientCertificates: 'none',
  });
});

test.each([
  ['a secret and no address', { NOTICE_WEBHOOK_SECRET: 'ab'.repeat(32) }, 'belong together'],
  ['an address and no secret', { NOTICE_WEBHOOK_URL: 'https://notify.example/' }, 'belong together'],
  [
    'an address without TLS',
    { NOTICE_WEBHOOK_URL: 'http://notify.example/', NOTICE_WEBHOOK_SECRET: 'ab'.repeat(32) },
    'put notify.example into OUTBOUND_ALLOWED_HOSTS',
  ],
  [
    'an address with a password',
    { NOTICE_WEBHOOK_URL: 'https://me:secret@notify.example/', NOTICE_WEBHOOK_SECRET: 'ab'.repeat(32) },
    'not shown: it may be secret',
  ],
])('a webhook for notices with %s is refused', (_what, environment: Record<string, string>, words) => {
  expect(() => load(environment)).toThrow(words);
});

test('a webhook for notices without TLS is for a host that the operator has named', () => {
  const { noticeWebhook } = load({
    NOTICE_WEBHOOK_URL: 'http://notify.internal.example:8080/',
    NOTICE_WEBHOOK_SECRET: 'ab'.repeat(32),
    OUTBOUND_ALLOWED_HOSTS: 'notify.internal.example',
  });
  expect(noticeWebhook?.url).toBe('http://notify.internal.example:8080/');
});

describe('mutual TLS (RFC 8705)', () => {
  const direct = { MTLS: 'direct', TLS_CERT_FILE: 'cert.pem', TLS_KEY_FILE: 'key.pem' };
  const proxy = { MTLS: 'proxy', TRUSTED_PROXIES: '10.0.0.1', ISSUER: 'https://id.example.com/oidc' };

  test('is off unless it is switched on, whatever else is set', () => {
    const { mutualTls, protocol } = load({ MTLS_PORT: '8443', MTLS_CA_FILE: 'ca.pem' });
    expect([mutualTls, protocol.clientCertificates]).toEqual([undefined, 'none']);
  });

  test('a port of its own is where clients are sent, at the host of the issuer unless another is named', () => {
    expect(load(direct).mutualTls).toEqual({});
    const issuer = { ISSUER: 'https://id.example.com/oidc', MTLS_PORT: '8443' };
    expect(load({ ...direct, ...issuer }).mutualTls).toEqual({
      port: 8443,
      origin: 'https://id.example.com:8443',
    });
    expect(load({ ...direct, ...issuer, MTLS_ORIGIN: 'https://mtls.example.com' }).mutualTls).toEqual({
      port: 8443,
      origin: 'https://mtls.example.com',
    });
  });

  test('certificates prove who a client is by themselves, and with authorities by who issued them', () => {
    expect(load(proxy).protocol.clientCertificates).toBe('self_signed');
    const { mutualTls, protocol } = load({ ...proxy, MTLS_CA_FILE: 'ca.pem', MTLS_HEADER: 'Client-Cert' });
    expect(protocol.clientCertificates).toBe('all');
    expect(mutualTls).toEqual({
      header: { name: 'client-cert', format: 'pem' },
      authoritiesFile: join(cwd, 'ca.pem'),
    });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['direct without https of its own', { MTLS: 'direct' }, /does not speak https itself/u],
    ['a proxy that is not trusted', { ...proxy, TRUSTED_PROXIES: '' }, /TRUSTED_PROXIES is not set/u],
    ['an issuer that is http', { ...proxy, ISSUER: 'http://localhost:1/oidc' }, /on https alone/u],
    ['a port behind a proxy', { ...proxy, MTLS_PORT: '8443' }, /MTLS_PORT is for MTLS=direct/u],
    ['the same port twice', { ...direct, PORT: '8443', MTLS_PORT: '8443' }, /as PORT is/u],
    ['the same place twice', { ...proxy, MTLS_ORIGIN: 'https://id.example.com' }, /where everybody comes/u],
    ['a header with _', { ...proxy, MTLS_HEADER: 'X_SSL_CERT' }, /letters, digits and hyphens/u],
  ])('%s is refused in words', (_what, settings, words) => {
    expect(faultsOf(settings)).toContainEqual(expect.stringMatching(words));
  });
});

test('registration is off until it is switched on; the profile conformance has it open and without limit', () => {
  expect(load({}).registration).toEqual({
    mode: 'off',
    resources: [],
    statementIssuers: [],
    perAddress: 20,
    unusedLifetime: 30 * 86_400,
  });
  const forTheSuite = load({ PROFILE: 'conformance' }).registration;
  expect(forTheSuite.mode).toBe('open');
  expect(forTheSuite).not.toHaveProperty('perAddress');
  expect(load({ PROFILE: 'conformance', REGISTRATION: 'token' }).registration.mode).toBe('token');
});

test('software statements: each issuer with the address or the file of its keys', () => {
  const SOFTWARE_STATEMENT_ISSUERS = 'https://a.example https://a.example/jwks, https://b.example b.json';
  expect(load({ SOFTWARE_STATEMENT_ISSUERS }).registration.statementIssuers).toEqual([
    { issuer: 'https://a.example', jwks: 'https://a.example/jwks' },
    { issuer: 'https://b.example', jwks: join(cwd, 'b.json') },
  ]);
  for (const wrong of [
    'https://a.example',
    'a jwks.json',
    'https://a.example http://a.example/jwks',
    'a b c',
  ])
    expect(faultsOf({ SOFTWARE_STATEMENT_ISSUERS: wrong })).toEqual([
      expect.stringContaining('SOFTWARE_STATEMENT_ISSUERS'),
    ]);
});
