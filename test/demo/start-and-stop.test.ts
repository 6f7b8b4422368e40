import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createBrowser } from '../support/browser.js';
import {
  demoFolder,
  freePorts,
  runDemo,
  startDemo,
  type Announcement,
  type DemoProcess,
} from './demo-process.js';

let folder: Awaited<ReturnType<typeof demoFolder>>;
const running: DemoProcess[] = [];

beforeEach(async () => {
  folder = await demoFolder();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((demo) => demo.end()));
  await folder.remove();
});

async function start(
  ...options: Parameters<typeof startDemo> extends [string, ...infer Rest] ? Rest : never
) {
  const demo = await startDemo(folder.path, ...options);
  running.push(demo);
  return demo;
}

const isSignedInAs = async (demo: Announcement, user: { login: string; password: string }) => {
  const browser = createBrowser();
  const next = await browser.submit(await browser.open(`${demo.apps[0]!.url}/sign-in`), '/sign-in', user);
  return next.html.includes('Acme Orders') && !next.html.includes('name="password"');
};

describe('starting', () => {
  test('prints one line of JSON and nothing else, with Gatehouse on the port and the others after it', async () => {
    const port = await freePorts();
    const demo = await start({ port });
    const at = (offset: number) => `http://localhost:${port + offset}`;
    expect(demo.issuer).toBe(`${at(0)}/oidc`);
    expect(demo.apps.map(({ url }) => url)).toEqual([at(1), at(2)]);
    expect(demo.spa.url).toBe(at(3));
    expect(demo.apis.map(({ url, check }) => [url, check])).toEqual([
      [at(4), 'jwt'],
      [at(5), 'introspection'],
    ]);
    await createBrowser().open(`${demo.apps[0]!.url}/sign-in`);
    const { stdout } = await demo.end();
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  }, 30_000);

  test('a second start finds its data again, on other ports too', async () => {
    const first = await start();
    await first.end();
    const second = await start();
    expect(second.users).toEqual(first.users);
    expect(second.clients).toEqual(first.clients);
    expect(second.apps.map((app) => app.client_id)).toEqual(first.apps.map((app) => app.client_id));
    expect(await isSignedInAs(second, first.users[0]!)).toBe(true);
  }, 60_000);

  test('--reset forgets everything', async () => {
    const first = await start();
    await first.end();
    const second = await start({ arguments: ['--reset'] });
    expect(second.users.map((user) => user.password)).not.toEqual(first.users.map((user) => user.password));
    expect(await isSignedInAs(second, first.users[0]!)).toBe(false);
    expect(await isSignedInAs(second, second.users[0]!)).toBe(true);
  }, 60_000);

  test('a second demo on the same data is refused while the first runs', async () => {
    const first = await start();
    const second = await runDemo(folder.path, ['--json', '--reset', '--port', String(await freePorts())]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('running already');
    expect(await isSignedInAs(first, first.users[0]!)).toBe(true);
  }, 60_000);

  test('a demo that was killed does not stand in the way of the next', async () => {
    const first = await start();
    await first.end('SIGKILL');
    const second = await start();
    expect(second.users).toEqual(first.users);
  }, 60_000);

  test('what it keeps is readable for its owner alone', async () => {
    await start();
    const data = join(folder.path, '.data', 'demo');
    for (const file of await readdir(data))
      expect([file, (await stat(join(data, file))).mode & 0o077]).toEqual([file, 0]);
  }, 30_000);
});

describe('refusing', () => {
  test.each([
    ['an interface that others can reach', [], { HOST: '0.0.0.0' }, 1, /HOST is "0\.0\.0\.0".*loopback/],
    ['production', [], { NODE_ENV: 'production' }, 1, /NODE_ENV.*production/],
    ['an option that it does not have', ['--host', '0.0.0.0'], {}, 2, /Unknown option '--host'[^]*Usage:/],
    ['a port that is no number', ['--port', 'abc'], {}, 2, /--port must be a number/],
    [
      'a port after which there are too few',
      ['--port', '65535'],
      {},
      2,
      /--port must be a number from 1 to 65530/,
    ],
  ])('%s', async (_what, args, env, code, words) => {
    const ended = await runDemo(folder.path, args, env as Record<string, string>);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(words);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('a port that is taken, and says which', async () => {
    const port = await freePorts();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port + 2, '127.0.0.1', resolve));
    const ended = await runDemo(folder.path, ['--port', String(port)]);
    await new Promise((resolve) => other.close(resolve));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`port ${port + 2} is taken`);
  });

  test('everyone but this computer: nothing listens on another address', async () => {
    const demo = await start();
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
    const urls = [
      demo.issuer,
      ...demo.apps.map(({ url }) => url),
      demo.spa.url,
      ...demo.apis.map(({ url }) => url),
    ];
    for (const { address } of outside) {
      for (const url of urls)
        await expect(fetch(`http://${address}:${new URL(url).port}/`)).rejects.toThrow();
    }
    expect(urls).toHaveLength(6);
  }, 30_000);
});

describe('stopping', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends everything within 5 s, and frees the ports',
    async (signal) => {
      const demo = await start();
      const { code, afterMs } = await demo.end(signal);
      running.length = 0;
      expect(code).toBe(0);
      expect(afterMs).toBeLessThan(5000);
      for (const url of [demo.issuer, demo.spa.url]) await expect(fetch(url)).rejects.toThrow();
      expect(await readdir(join(folder.path, '.data', 'demo'))).not.toContain('running.json');
    },
    30_000,
  );
});
