import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { createInstallation, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

let gatehouse: Installation;
beforeAll(() => {
  gatehouse = createInstallation();
});
afterAll(() => gatehouse.remove());

describe('the command line', () => {
  test.each([
    [[]],
    [['clients']],
    [['nonsense']],
    [['clients', 'lsit']],
    [['clients', 'show']],
    [['clients', 'show', 'one', 'two']],
    [['clients', 'add', '--kind', 'web']],
    [['clients', 'add', '--kind', 'desktop', '--name', 'X']],
    [['clients', 'add', '--kind', 'web', '--name', 'X', '--nonsense']],
    [['clients', 'add', '--kind', 'web', '--name', 'X', '--scope', 'a=b']],
    [['clients', 'add', '--kind', 'api', '--name', 'X', '--resource', 'urn:x:y', '--scope', 'wordless']],
    [['clients', 'rotate-secret', 'x', '--overlap', 'soon']],
    [['services', 'update', 'urn:x:y']],
    [['services', 'update', 'urn:x:y', '--scope', 'wordless']],
  ])('answers wrong usage with exit code 2 and a reason: %j', async (args) => {
    const inWords = await gatehouse.run(args);
    expect(inWords).toMatchObject({ code: 2, stdout: '' });
    expect(inWords.stderr).not.toBe('');
    const inJson = await gatehouse.run([...args, '--json']);
    expect(inJson).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(inJson.stderr)).toEqual({
      error: { code: 'usage', message: expect.any(String), faults: [] },
    });
  });

  test('explains every command with examples', async () => {
    for (const command of ['add', 'list', 'show', 'remove', 'rotate-secret']) {
      const { code, stdout } = await gatehouse.run(['clients', command, '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout).toContain('Examples:\n  gatehouse clients ');
    }
    for (const command of ['list', 'show', 'update', 'remove']) {
      const { code, stdout } = await gatehouse.run(['services', command, '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout).toContain('Examples:\n  gatehouse services ');
    }
    expect((await gatehouse.run(['--help'])).stdout).toContain('Exit codes:');
  });

  test('tells every fault of the configuration in words', async () => {
    const env = { ISSUER: 'ftp://nowhere', PORT: 'many' };
    const { code, stdout, stderr } = await gatehouse.run(['clients', 'list'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('ISSUER');
    expect(stderr).toContain('PORT');
    expect(stderr).not.toMatch(/\n\s+at /);
    const inJson = await gatehouse.run(['clients', 'list', '--json'], { env });
    const { error } = JSON.parse(inJson.stderr) as { error: { code: string; faults: { field: string }[] } };
    expect(error.code).toBe('configuration');
    expect(error.faults.map(({ field }) => field)).toEqual(['ISSUER', 'PORT']);
  });

  test('says in words that the database cannot be opened', async () => {
    const { code, stderr } = await gatehouse.run(['clients', 'list'], {
      env: { STORE_URL: 'sqlite:/dev/null/x.db' },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: The database/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
