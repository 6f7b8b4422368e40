import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mongoBehindProxy } from '../support/databases.js';
import { createInstallation, until, type Installation, type ServerProcess } from './server-process.js';

const mongoUrl = process.env['TEST_MONGODB_URL'];
const describeWithMongo = mongoUrl === undefined ? describe.skip : describe;
const LIMIT_MS = 3000;

let installation: Installation;
beforeEach(async () => {
  installation = await createInstallation();
});
afterEach(() => installation.remove());

const discovery = () => `http://localhost:${installation.port}/oidc/.well-known/openid-configuration`;

async function listening(server: ServerProcess): Promise<void> {
  await until(async () => (await fetch(`${server.origin}/healthz`)).status === 200);
}

const awayLines = (server: ServerProcess) =>
  server.log().filter(({ msg }) => msg.startsWith('the store is away'));

async function get(url: string, accept: string) {
  const start = performance.now();
  const response = await fetch(url, { headers: { accept } });
  const body = await response.text();
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
  return { status: response.status, headers: response.headers, body };
}

describe('The store is away at start', () => {
  /** In place of the folder that the file is to be in: as good as a disk that was not mounted. */
  const obstacle = () => join(installation.folder, 'disk');
  const launch = async () => {
    await writeFile(obstacle(), '');
    const server = installation.launch({ STORE_URL: 'sqlite:disk/gatehouse.db', LOG_LEVEL: 'debug' });
    await listening(server);
    return server;
  };

  test('probes are told that the process lives and is not ready', async () => {
    const server = await launch();
    expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
    const readiness = await fetch(`${server.origin}/readyz`);
    expect([readiness.status, readiness.headers.get('retry-after')]).toEqual([503, '2']);
  });

  test('programs get 503 as JSON, people a page in words; both are told when to come back', async () => {
    await launch();
    const forProgram = await get(discovery(), 'application/json');
    expect([forProgram.status, forProgram.headers.get('retry-after')]).toEqual([503, '2']);
    expect(JSON.parse(forProgram.body)).toMatchObject({ error: 'temporarily_unavailable' });

    const forPerson = await get(`http://localhost:${installation.port}/oidc/auth?client_id=app`, 'text/html');
    expect([forPerson.status, forPerson.headers.get('retry-after')]).toEqual([503, '2']);
    expect(forPerson.body).toContain('<h1>');
    expect(forPerson.body).toContain('store_unavailable');
    expect(forPerson.body).toContain('href="/oidc/auth?client_id=app">Try again</a>');
    expect(forPerson.body).toContain('href="/oidc/auth?client_id=app">Try again</a>');
    const stylesheet = /href="([^"]+\.css)"/u.exec(forPerson.body)![1]!;
    expect((await get(`http://localhost:${installation.port}${stylesheet}`, '*/*')).status).toBe(200);
  });

  test('the log says so once; when the store is there it serves, without a restart', async () => {
    const server = await launch();
    await until(() => server.log().filter(({ msg }) => msg === 'the store is still away').length === 2);
    await rm(obstacle());
    await mkdir(obstacle());
    await until(async () => (await fetch(`${server.origin}/readyz`)).status === 200);
    expect((await fetch(discovery())).status).toBe(200);
    await until(() => server.stderr().includes('/first-administrator/'));
    expect(awayLines(server)).toMatchObject([
      { level: 'error', reason: expect.stringContaining('disk') as unknown },
    ]);
    expect((await server.end()).code).toBe(0);
  });

  test('a signal ends the waiting at once', async () => {
    const server = await launch();
    const { code, afterMs } = await server.end('SIGTERM');
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(1000);
  });

  test('a fault that waiting would not cure is one sentence, also when it shows only later', async () => {
    const server = await launch();
    // In one step: the server looks all the time, and would make a database in a folder that is still empty.
    const prepared = `${obstacle()}-prepared`;
    await mkdir(prepared);
    await writeFile(join(prepared, 'gatehouse.db'), 'Dear diary,\n'.repeat(100));
    await rm(obstacle());
    await rename(prepared, obstacle());
    const { code, stderr } = await server.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('is not a database');
  });
});

describeWithMongo('MongoDB is away at start [set TEST_MONGODB_URL]', () => {
  let database: Awaited<ReturnType<typeof mongoBehindProxy>>;
  beforeEach(async () => {
    database = await mongoBehindProxy(mongoUrl!);
  });
  afterEach(() => database.drop());

  const outages: [string, () => Promise<void>][] = [
    ['refuses connections', () => database.proxy.refuse()],
    ['does not answer', async () => database.proxy.freeze()],
  ];

  test.each(outages)(
    'it %s: requests get 503 soon, and all works once it is back',
    async (_, takeAway) => {
      await takeAway();
      const server = installation.launch({ STORE_URL: database.url });
      await listening(server);
      expect((await get(`${server.origin}/readyz`, '*/*')).status).toBe(503);
      expect((await get(discovery(), 'application/json')).status).toBe(503);
      await until(() => awayLines(server).length > 0);
      await database.proxy.resume();
      await until(async () => (await fetch(discovery())).status === 200);
    },
    30_000,
  );

  test('the password of its URL is in no line that is written', async () => {
    await database.proxy.refuse();
    const server = installation.launch({
      STORE_URL: database.url.replace('//', '//gatehouse:sesame-open@'),
      LOG_LEVEL: 'trace',
    });
    await until(() => awayLines(server).length > 0);
    const { stdout, stderr } = await server.end();
    expect(stdout + stderr).not.toContain('sesame-open');
  });
});
