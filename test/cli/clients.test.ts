import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCertificate } from '../support/certificates.js';
import { createInstallation, flags, issuer, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

let gatehouse: Installation;
beforeAll(() => {
  gatehouse = createInstallation();
});
afterAll(() => gatehouse.remove());

const api = 'https://api.example.com/orders';

describe('gatehouse clients add', () => {
  test('prints what to paste into the app, in 80 columns, and the secret this once', async () => {
    const options = flags({
      kind: 'web',
      name: 'Acme Orders',
      id: 'acme-orders',
      'redirect-uri': ['https://orders.example.com/callback', 'http://localhost:8080/callback'],
    });
    const { code, stdout, stderr } = await gatehouse.run(['clients', 'add', ...options]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const secret = /ghs_[\w-]{43}/.exec(stdout)![0];
    expect(stdout).toContain(`${issuer}/.well-known/openid-configuration`);
    expect(stdout).toContain(
      [
        `  OIDC_ISSUER=${issuer}`,
        '  OIDC_CLIENT_ID=acme-orders',
        `  OIDC_CLIENT_SECRET=${secret}`,
        '  OIDC_REDIRECT_URI=https://orders.example.com/callback',
      ].join('\n'),
    );
    expect(stdout).toContain('http://localhost:8080/callback is for development');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(gatehouse.storedBytes()).not.toContain(secret);
    expect((await gatehouse.run(['clients', 'show', 'acme-orders', '--json'])).stdout).not.toContain(secret);
  });

  test('gives each kind the metadata that it needs', async () => {
    const service = ['--resource', api, '--scope', 'orders:read=See your orders', '--format', 'opaque'];
    const redirect = ['--redirect-uri', 'https://app.example.com/cb'];
    const add = (kind: string, ...options: string[]) =>
      gatehouse.json(['clients', 'add', '--kind', kind, '--name', `Acme ${kind}`, ...options]);

    const code = {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      require_pkce: true,
    };
    const web = {
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
      auth_method_pinned: false,
    };
    expect(await add('web', ...redirect)).toMatchObject({
      ...code,
      ...web,
      client_secret: expect.any(String),
    });
    expect(await add('spa', ...redirect)).toMatchObject({
      ...code,
      ...web,
      token_endpoint_auth_method: 'none',
    });
    expect(await add('native', '--redirect-uri', 'http://127.0.0.1/cb')).toMatchObject({
      ...code,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      secrets: [],
    });
    expect(await add('native', '--confidential', '--redirect-uri', 'http://127.0.0.1/cb')).toMatchObject({
      application_type: 'native',
      client_secret: expect.any(String),
    });
    expect(await add('device')).toMatchObject({
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      response_types: [],
      redirect_uris: [],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      secrets: [],
    });
    const m2m = { redirect_uris: [], response_types: [], client_secret: expect.any(String) };
    expect(await add('api', ...service)).toMatchObject({
      ...m2m,
      grant_types: [],
      environment: { OIDC_AUDIENCE: api },
    });
    expect(await add('service', '--resource', api)).toMatchObject({
      ...m2m,
      grant_types: ['client_credentials'],
      resources: [api],
    });
  });

  test('stores the settings of a web app under their standard names', async () => {
    const options = flags({
      kind: 'web',
      name: 'Acme Wiki',
      'redirect-uri': 'https://wiki.example.com/cb',
      'post-logout-redirect-uri': 'https://wiki.example.com/',
      contact: 'ops@example.com',
      'backchannel-logout-uri': 'https://wiki.example.com/logout',
      'logo-uri': 'https://wiki.example.com/l.svg',
      'first-party': true,
      'no-pkce': true,
      'auth-method': 'client_secret_post',
      'always-refresh-token': true,
      'openid-scope': ['openid', 'email'],
      'introspect-all': true,
    });
    const added = await gatehouse.json(['clients', 'add', ...options]);
    expect(added).toMatchObject({
      client_id: expect.stringMatching(/^acme-wiki-[0-9a-f]{8}$/),
      client_name: 'Acme Wiki',
      post_logout_redirect_uris: ['https://wiki.example.com/'],
      contacts: ['ops@example.com'],
      backchannel_logout_uri: 'https://wiki.example.com/logout',
      backchannel_logout_session_required: true,
      logo_uri: 'https://wiki.example.com/l.svg',
      scope: 'openid email',
      first_party: true,
      require_pkce: false,
      token_endpoint_auth_method: 'client_secret_post',
      auth_method_pinned: true,
      refresh_token_without_offline_access: true,
      introspect_all: true,
    });
  });

  test('refuses an unsafe client with all reasons and the safe alternatives, and stores nothing', async () => {
    const before = await gatehouse.json(['clients', 'list']);
    const options = flags({
      kind: 'spa',
      name: 'Acme Board',
      confidential: true,
      'no-pkce': true,
      'redirect-uri': [
        'http://board.example.com/cb',
        'JavaScript:alert(1)',
        'https://ok.example.com/cb',
        'https://ok.example.com/cb',
      ],
      'post-logout-redirect-uri': 'https://board.example.com/#out',
      resource: 'https://unknown.example',
    });
    const add = ['clients', 'add', ...options];
    const inWords = await gatehouse.run(add);
    expect(inWords).toMatchObject({ code: 1, stdout: '' });
    expect(inWords.stderr).toContain('--redirect-uri http://board.example.com/cb');
    expect(inWords.stderr).toContain('instead: https://board.example.com/cb');
    expect(inWords.stderr).not.toMatch(/\n\s+at /);

    const inJson = await gatehouse.run([...add, '--json']);
    const { error } = JSON.parse(inJson.stderr) as { error: { code: string; faults: { field: string }[] } };
    expect(error.code).toBe('invalid');
    expect(error.faults.map(({ field }) => field).sort()).toEqual([
      'confidential',
      'postLogoutRedirectUris',
      'redirectUris',
      'redirectUris',
      'redirectUris',
      'requirePkce',
      'resources',
    ]);
    expect(await gatehouse.json(['clients', 'list'])).toEqual(before);
  });

  test('tells faults of metadata that have no option of their own as they are given: --metadata name=value', async () => {
    const options = flags({
      kind: 'service',
      name: 'Report',
      'auth-method': 'private_key_jwt',
      metadata: ['nonsense=1', 'require_auth_time=perhaps'],
    });
    const { code, stderr } = await gatehouse.run(['clients', 'add', ...options]);
    expect(code).toBe(1);
    expect(stderr).toContain('--metadata nonsense=1\n');
    expect(stderr).toContain('--metadata require_auth_time=perhaps\n');
    expect(stderr).toContain('--metadata jwks\n');
  });

  test('says what a client may exchange, and who may exchange the tokens of an app', async () => {
    const [orders, stock] = [
      'https://api.example.com/exchange/orders',
      'https://api.example.com/exchange/stock',
    ];
    const add = (options: Parameters<typeof flags>[0]) => ['clients', 'add', ...flags(options)];
    await gatehouse.json(
      add({ kind: 'api', name: 'Stock API', resource: stock, scope: 'stock:read=See it' }),
    );
    const api = {
      kind: 'api',
      name: 'Orders API',
      id: 'orders-api',
      resource: orders,
      'exchange-as': orders,
      'exchange-scope': 'stock:read',
    };
    const unsaid = await gatehouse.run(add(api));
    expect(unsaid).toMatchObject({ code: 2, stderr: expect.stringContaining('--exchange-for is missing') });
    const unknown = await gatehouse.run(add({ ...api, 'exchange-for': 'urn:x:y', 'exchange-of': 'nobody' }));
    expect(unknown.code).toBe(1);
    for (const option of ['--exchange-for urn:x:y', '--exchange-of nobody'])
      expect(unknown.stderr).toContain(option);

    expect(await gatehouse.json(add({ ...api, 'exchange-for': stock, impersonate: true }))).toMatchObject({
      grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
      token_exchange: { audiences: [orders], targets: [stock], scopes: ['stock:read'], impersonation: true },
    });
    const app = {
      kind: 'web',
      name: 'App',
      id: 'exchanging-app',
      'redirect-uri': 'https://app.example.com/cb',
    };
    expect(await gatehouse.json(add({ ...app, 'may-act': 'orders-api' }))).toMatchObject({
      may_act: 'orders-api',
    });

    const shown = (await gatehouse.run(['clients', 'show', 'orders-api'])).stdout.replaceAll(/ {2,}/g, '  ');
    expect(shown).toContain(
      [
        `Exchanges tokens for  ${orders}`,
        `Gets tokens for  ${stock}`,
        'Scope in exchange  stock:read',
        'Impersonation  yes',
      ].join('\n  '),
    );
    expect((await gatehouse.run(['clients', 'show', 'exchanging-app'])).stdout).toContain('orders-api');
    expect(await gatehouse.json(['services', 'show', stock])).toMatchObject({ used_by: ['orders-api'] });
  });

  test('says whose assertions a client may bring', async () => {
    const service = 'https://api.example.com/asserted';
    const add = (...options: string[]) => ['clients', 'add', '--name', 'Batch', ...options];
    await gatehouse.json(add('--kind', 'api', '--resource', service));
    const issuer = {
      issuer: 'https://partner.example.com',
      jwks_uri: 'https://partner.example.com/keys',
      subject: 'login',
      resources: [service],
    };
    const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-issuer-')), 'issuer.json');
    const given = add('--kind', 'service', '--id', 'batch', '--assertion-issuer', `@${file}`);
    expect(await gatehouse.run(given)).toMatchObject({ code: 2 });
    expect(await gatehouse.run(add('--kind', 'service', '--assertion-issuer', 'x'))).toMatchObject({
      code: 2,
    });
    for (const wrong of [{ ...issuer, subject: 'email' }, { ...issuer, resources: ['urn:x:y'] }, null, [5]]) {
      writeFileSync(file, JSON.stringify(wrong));
      const refused = await gatehouse.run(given);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--assertion-issuer') });
    }
    writeFileSync(file, JSON.stringify(issuer));
    expect(await gatehouse.json(given)).toMatchObject({
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
      assertion_issuers: [issuer],
    });
    expect((await gatehouse.run(['clients', 'show', 'batch'])).stdout).toContain(issuer.issuer);
    expect(await gatehouse.json(['services', 'show', service])).toMatchObject({ used_by: ['batch'] });
    rmSync(dirname(file), { recursive: true });
  });

  test('takes a certificate in PEM for the keys of a client, where mutual TLS is on', async () => {
    const certificate = await createCertificate({ name: 'Report' });
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
    const file = join(folder, 'report.pem');
    writeFileSync(file, certificate.cert);
    const command = flags({
      kind: 'service',
      name: 'Report',
      'auth-method': 'self_signed_tls_client_auth',
      metadata: [`jwks=@${file}`, 'tls_client_certificate_bound_access_tokens=true'],
    });
    const add = ['clients', 'add', ...command, '--json'];
    const refused = await gatehouse.run(add);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is off: see MTLS')]);
    const { code, stdout } = await gatehouse.run(add, {
      env: { MTLS: 'proxy', TRUSTED_PROXIES: '10.0.0.1' },
    });
    rmSync(folder, { recursive: true });
    expect(code).toBe(0);
    const added = JSON.parse(stdout) as Record<string, unknown>;
    expect(added).toMatchObject({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [{ kty: 'RSA', x5c: [certificate.cert.replaceAll(/-----[^-]+-----|\s/gu, '')] }] },
    });
    expect(added).not.toHaveProperty(['client_secret']);
  });

  test('refuses an id that is taken', async () => {
    const add = ['clients', 'add', '--kind', 'service', '--name', 'Twice', '--id', 'twice', '--json'];
    expect((await gatehouse.run(add)).code).toBe(0);
    const again = await gatehouse.run(add);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stderr)).toMatchObject({ error: { code: 'duplicate' } });
  });
});

describe('gatehouse clients list, show and remove', () => {
  test('list shows every client in 80 columns, whole ids, and harmless names', async () => {
    const name = 'A name that is long enough to be cut before it leaves the screen 東京';
    await gatehouse.json([
      'clients',
      'add',
      '--kind',
      'service',
      '--name',
      name,
      '--id',
      `long-${'x'.repeat(30)}`,
    ]);
    const { stdout } = await gatehouse.run(['clients', 'list']);
    const lines = stdout.trimEnd().split('\n');
    const ids = ((await gatehouse.json(['clients', 'list'])) as { client_id: string }[]).map(
      (client) => client.client_id,
    );
    expect(lines).toHaveLength(ids.length + 1);
    expect(ids.every((id) => stdout.includes(id))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await gatehouse.json(['clients', 'list', '--kind', 'spa'])).toHaveLength(1);
  });

  test('remove wants a yes, and where nobody can give it, --yes', async () => {
    await gatehouse.json(['clients', 'add', '--kind', 'service', '--name', 'Gone', '--id', 'gone']);
    const unasked = await gatehouse.run(['clients', 'remove', 'gone']);
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect((await gatehouse.run(['clients', 'show', 'gone'])).code).toBe(0);

    expect(await gatehouse.json(['clients', 'remove', 'gone', '--yes'])).toEqual({
      client_id: 'gone',
      removed: true,
    });
    for (const command of [
      ['show', 'gone'],
      ['remove', 'gone', '--yes'],
      ['rotate-secret', 'gone'],
    ]) {
      const { code, stderr } = await gatehouse.run(['clients', ...command, '--json']);
      expect({ code, error: JSON.parse(stderr) }).toMatchObject({
        code: 1,
        error: { error: { code: 'not_found' } },
      });
    }
  });
});

describe('gatehouse clients rotate-secret', () => {
  test('keeps the old secret alive for the overlap, and never more than two', async () => {
    await gatehouse.json(['clients', 'add', '--kind', 'service', '--name', 'Rotating', '--id', 'rotating']);
    const rotate = (overlap: string, ...options: string[]) =>
      gatehouse.json(['clients', 'rotate-secret', 'rotating', '--overlap', overlap, ...options]);
    const secrets = async () =>
      (await gatehouse.json(['clients', 'show', 'rotating'])).secrets as { expires_at?: string }[];

    const first = await rotate('7d');
    const remaining = Date.parse(first.previous_expires_at as string) - Date.now();
    expect(remaining / 86_400_000).toBeCloseTo(7, 2);
    expect((await secrets()).map((secret) => secret.expires_at)).toEqual([
      first.previous_expires_at,
      undefined,
    ]);

    const refused = await gatehouse.run(['clients', 'rotate-secret', 'rotating']);
    const [day] = (first.previous_expires_at as string).split('T');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(day!) });
    expect(refused.stderr).toContain('--yes');

    const second = await rotate('1h', '--yes');
    expect(second.client_secret).not.toBe(first.client_secret);
    expect(await secrets()).toHaveLength(2);

    expect(await rotate('0', '--yes')).not.toHaveProperty('previous_expires_at');
    expect(await secrets()).toHaveLength(1);
  });

  test('has nothing to rotate for a public client', async () => {
    const redirect = ['--redirect-uri', 'com.example.app:/cb'];
    await gatehouse.json([
      'clients',
      'add',
      '--kind',
      'native',
      '--name',
      'Public',
      '--id',
      'public',
      ...redirect,
    ]);
    const { code, stderr } = await gatehouse.run(['clients', 'rotate-secret', 'public']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('public: it has no secret'),
    });
  });
});
