import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqlite } from '../../adapters/sqlite/open-sqlite.js';
import { loadDriver } from '../../adapters/sqlite/driver.js';
import { createInstallation, type Installation } from './server-process.js';

let installation: Installation;
beforeEach(async () => {
  installation = await createInstallation();
});
afterEach(() => installation.remove());

/** What is said when the start is refused; it is said to people, so there is no stack in it. */
async function refusal(env: Record<string, string> = {}): Promise<string> {
  const { code, stderr, stdout } = await installation.launch(env).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at /mu);
  return stderr;
}

async function startedOnce(): Promise<void> {
  await (await installation.start()).end();
}

const databaseFile = () => join(installation.folder, '.data', 'gatehouse.db');

describe('A start is refused, with the reason in words', () => {
  test('when settings are wrong, all of them at once', async () => {
    const said = await refusal({ ISSUER: 'id.example.com', PORT: 'eighty' });
    expect(said).toMatch(/^2 settings need a change:\n {2}- ISSUER is [^\n]+\n {2}- PORT is [^\n]+\n$/u);
  });

  test('when another program listens on the port', async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(installation.port, '127.0.0.1', listening));
    const said = await refusal();
    await new Promise((closed) => other.close(closed));
    expect(said).toBe(
      `Port ${installation.port} of 127.0.0.1 is taken: another program listens there, perhaps another Gatehouse. Stop it, or set PORT to another one.\n`,
    );
  });

  test('when HOST is not an address of this machine', async () => {
    expect(await refusal({ HOST: '192.0.2.1' })).toContain('192.0.2.1 is not an address of this machine');
  });

  test('when the store was encrypted with another master key', async () => {
    await startedOnce();
    const said = await refusal({ MASTER_KEY: Buffer.alloc(32, 7).toString('hex') });
    expect(said).toMatch(/^The store was encrypted with another master key\. [^\n]+\n$/u);
  });

  test('when a newer version of Gatehouse has changed the store', async () => {
    await startedOnce();
    const database = new (await loadDriver())(databaseFile());
    database.exec("INSERT INTO migrations (number, name, applied_at) VALUES (999, 'future', 1)");
    database.close();
    expect(await refusal()).toMatch(
      /^The database was migrated by a newer version of Gatehouse \(to step 999[^\n]+\n$/u,
    );
  });

  test('when the file is no database', async () => {
    await mkdir(join(installation.folder, '.data'));
    await writeFile(databaseFile(), 'Dear diary,\n'.repeat(100));
    expect(await refusal()).toBe(`${databaseFile()} can't be used as the store: file is not a database\n`);
  });
});

describe('In production a start is refused', () => {
  const PRODUCTION = { NODE_ENV: 'production', HOST: '127.0.0.1' };

  test('when passwords would travel over http', async () => {
    const said = await refusal({ ...PRODUCTION, ISSUER: 'http://id.example.com/oidc' });
    expect(said).toContain('ISSUER is http://id.example.com/oidc: in production');
  });

  test('when others can read the master key; elsewhere its mode is put right', async () => {
    await startedOnce();
    const key = join(installation.folder, 'keys', 'master.key');
    await chmod(key, 0o644);
    expect(await refusal(PRODUCTION)).toBe(
      `${key} can be read by others (mode 644). Run: chmod 600 ${key}\n`,
    );
    await startedOnce();
    await (await installation.start(PRODUCTION)).end();
  });

  test('when the store holds the data of the demo', async () => {
    await startedOnce();
    const store = await openSqlite({ file: databaseFile() });
    await store.settings.put('demo', true);
    await store.close();
    expect(await refusal(PRODUCTION)).toBe(
      'The store holds the data of the demo, and NODE_ENV is production. Set STORE_URL to an empty store.\n',
    );
    await startedOnce();
  });

  test('requests that a proxy has forwarded are refused while no proxy is declared, and the log says why', async () => {
    const server = await installation.start(PRODUCTION);
    const url = `http://localhost:${installation.port}/oidc/.well-known/openid-configuration`;
    const forwarded = await fetch(url, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(forwarded.status).toBe(400);
    expect((await fetch(url)).status).toBe(200);
    await server.end();
    expect(server.log().map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining('TRUSTED_PROXIES is not set'),
    );

    const behindProxy = await installation.start({ ...PRODUCTION, TRUSTED_PROXIES: 'loopback' });
    expect((await fetch(url, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(200);
    await behindProxy.end();
  });
});

test('a variable that looks like a slip of the pen is named in the log, and Gatehouse starts', async () => {
  await writeFile(join(installation.folder, '.env'), 'PROT=1\nBRAND_ACCENT_LIGHT=#aa0000\n');
  const server = await installation.start({ TRUSTED_PROXYS: 'loopback' });
  expect(server.log()).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: 'TRUSTED_PROXYS is set but not read. Is TRUSTED_PROXIES meant?',
    }),
  );
  expect(server.log().map(({ msg }) => msg)).toEqual(
    expect.arrayContaining([
      'PROT is set but not read. Is PORT meant?',
      'BRAND_ACCENT_LIGHT in .env is empty: an unquoted # starts a comment. Put its value in quotes.',
    ]),
  );
});
