import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { createInstallation, until, type Installation, type ServerProcess } from './server-process.js';

const LINK = /http:\/\/localhost:\d+\/oidc\/first-administrator\/\S+/u;

let installation: Installation;
beforeEach(async () => {
  installation = await createInstallation();
});
afterEach(() => installation.remove());

async function printedLink(server: ServerProcess): Promise<string> {
  // Written before the line by which the process is known to be ready, but through another pipe.
  await until(() => LINK.test(server.stderr()));
  return LINK.exec(server.stderr())![0];
}

const modeOf = async (...path: string[]) =>
  ((await stat(join(installation.folder, ...path))).mode & 0o777).toString(8);

describe('The first start, with nothing configured', () => {
  test('makes a store and a key for the eyes of their owner only, and serves on localhost', async () => {
    await installation.start();
    expect(await modeOf('keys', 'master.key')).toBe('600');
    expect(await modeOf('.data', 'gatehouse.db')).toBe('600');
    expect(await modeOf('.data')).toBe('700');
    expect((await readdir(installation.folder)).sort()).toEqual(['.data', 'keys']);

    const issuer = `http://localhost:${installation.port}/oidc`;
    const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ issuer });
  });

  test('says nothing that is not its own: no notices of libraries, no warnings of Node.js', async () => {
    const server = await installation.start();
    await printedLink(server);
    const { code, stdout, stderr } = await server.end();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^\nNobody administers this Gatehouse yet\.[^\n]+\n[^\n]+\n\n {2}http\S+\n\n$/u);
    expect(stdout.split('\n').map((line) => line && (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'Gatehouse is ready',
      'stopping',
      'stopped',
      '',
    ]);
  });

  test('prints a link with which the first administrator sets a password, once', async () => {
    const server = await installation.start();
    const link = await printedLink(server);
    const browser = createBrowser();
    const form = await browser.open(link);
    expect(form.status).toBe(200);
    const done = await browser.submit(form, new URL(link).pathname, {
      login: 'anna@example.com',
      name: 'Anna Example',
      password: 'seven grey herons over the lake',
    });
    expect(done.status).toBe(200);
    expect(done.html).toContain('npx gatehouse users add');
    const reloaded = await browser.open(done.url);
    expect(reloaded.html).toContain('npx gatehouse users add');

    expect((await browser.open(link)).status).toBe(410);
    const shown = await installation.command(['users', 'show', 'anna@example.com']);
    expect(shown).toMatchObject({ email: 'anna@example.com', roles: ['administrator'] });

    await server.end();
    const again = await installation.start();
    const ended = await again.end();
    expect(ended.stderr).toBe('');
  });

  test('a link that was not used is worth nothing after the next start, which prints another', async () => {
    const first = await installation.start();
    const old = await printedLink(first);
    await first.end();
    const second = await installation.start();
    const link = await printedLink(second);
    expect(link).not.toBe(old);
    const browser = createBrowser();
    const refused = await browser.open(old);
    expect(refused.status).toBe(410);
    expect(refused.html).toContain('A new one is printed at the next start');
    expect((await browser.open(link)).status).toBe(200);
  });
});
