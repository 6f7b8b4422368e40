import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
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

// Each start is a process of its own; on a busy machine that takes seconds.
jest.setTimeout(30_000);

const isSignedInAs = async (demo: Announcement, user: { login: string; password: string }) => {
  const browser = createBrowser();
  const next = await browser.submit(await browser.open(`${demo.apps[0]!.url}/sign-in`), '/sign-in', user);
  return next.html.includes('Acme Orders') && !next.html.includes('name="password"');
};

const urlsOf = ({ issuer, apps, spa, apis }: Announcement) => [
  issuer,
  ...[...apps, spa, ...apis].map(({ url }) => url),
];

describe('one installation, started again and again', () => {
  let folder: Awaited<ReturnType<typeof demoFolder>>;
  let first: DemoProcess;
  let current: DemoProcess;

  beforeAll(async () => {
    folder = await demoFolder();
    first = current = await startDemo(folder.path);
  });

  afterAll(async () => {
    await current?.end();
    await folder.remove();
  });

  test('Gatehouse is on the port that was asked for, and the others on those after it', () => {
    const base = Number(new URL(first.issuer).port);
    expect(first.issuer).toBe(`http://localhost:${base}/oidc`);
    expect(urlsOf(first).map((url) => Number(new URL(url).port) - base)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(first.apis.map(({ check }) => check)).toEqual(['jwt', 'introspection']);
  });

  test('only this computer can reach them', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outside = addresses.filter(({ internal, family }) => !internal && family === 'IPv4');
    const ports = urlsOf(first).map((url) => new URL(url).port);
    const answers = outside.flatMap(({ address }) =>
      ports.map((port) => fetch(`http://${address}:${port}/`)),
    );
    const reached = (await Promise.allSettled(answers)).filter(({ status }) => status === 'fulfilled');
    expect(reached).toEqual([]);
    expect((await fetch(first.apps[0]!.url)).status).toBe(200);
  });

  test('what it keeps is readable for its owner alone', async () => {
    const data = join(folder.path, '.data', 'demo');
    const modes = (await readdir(data)).map(async (file) =>
      ((await stat(join(data, file))).mode & 0o077).toString(8),
    );
    expect(new Set(await Promise.all(modes))).toEqual(new Set(['0']));
  });

  test('a second demo on the same data is refused while the first runs', async () => {
    const second = await runDemo(folder.path, ['--reset', '--port', new URL(first.issuer).port]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('running already');
    expect(await isSignedInAs(first, first.users[0]!)).toBe(true);
  });

  test('Ctrl-C ends everything within 5 s and frees the ports; nothing was on stdout but one line', async () => {
    const { code, afterMs, stdout } = await first.end('SIGINT');
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(5000);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const answers = await Promise.allSettled(urlsOf(first).map((url) => fetch(url)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
  });

  test('the next start finds its data again, on other ports too', async () => {
    current = await startDemo(folder.path);
    expect(current.users).toEqual(first.users);
    expect(current.clients).toEqual(first.clients);
    expect(current.apps.map((app) => app.client_id)).toEqual(first.apps.map((app) => app.client_id));
    expect(await isSignedInAs(current, first.users[0]!)).toBe(true);
  });

  test('one that was killed does not stand in the way of the next, and --reset forgets its data', async () => {
    await current.end('SIGKILL');
    current = await startDemo(folder.path, { arguments: ['--reset'] });
    expect(current.users.map(({ login }) => login)).toEqual(first.users.map(({ login }) => login));
    expect(await isSignedInAs(current, first.users[0]!)).toBe(false);
    expect(await isSignedInAs(current, current.users[0]!)).toBe(true);
  });

  test('SIGTERM ends it as cleanly', async () => {
    const { code, afterMs, stderr } = await current.end('SIGTERM');
    expect(code).toBe(0);
    // Libraries that speak to the console as they are loaded are not heard.
    expect(stderr).toBe('');
    expect(afterMs).toBeLessThan(5000);
    expect(await readdir(join(folder.path, '.data', 'demo'))).not.toContain('running.json');
  });
});

describe('refusing', () => {
  let folder: Awaited<ReturnType<typeof demoFolder>>;
  beforeAll(async () => {
    folder = await demoFolder();
  });
  afterAll(() => folder.remove());

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
      /--port must be a number from 1 to 65529/,
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
});
