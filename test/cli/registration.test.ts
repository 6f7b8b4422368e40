import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { createInstallation, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

let gatehouse: Installation;
beforeAll(() => {
  gatehouse = createInstallation();
});
afterAll(() => gatehouse.remove());

const tokens = ['registration', 'tokens'];

describe('gatehouse registration tokens', () => {
  test('makes a token, lists it without showing it again, and removes it', async () => {
    const added = await gatehouse.json([
      ...tokens,
      'add',
      '--name',
      'Acme, orders team',
      '--registrations',
      '5',
      '--expires',
      '30d',
    ]);
    expect(added).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{8}$/u),
      name: 'Acme, orders team',
      registrations: 5,
      registrations_left: 5,
      token: expect.stringMatching(/^ghi_[\w-]{43}$/u),
    });
    const life = Date.parse(added.expires_at) - Date.parse(added.created_at);
    expect(life).toBe(30 * 24 * 3600 * 1000);
    const { token, ...listed } = added;
    expect(await gatehouse.json([...tokens, 'list'])).toEqual([listed]);
    expect(gatehouse.storedBytes()).not.toContain(token);
    const inWords = await gatehouse.run([...tokens, 'list']);
    expect(inWords.stdout).toMatch(/^ID +FOR +LEFT +UNTIL\n[0-9a-f]{8} +Acme, orders team +5 of 5 +20\d\d-/u);
    expect(await gatehouse.json([...tokens, 'remove', added.id])).toEqual({ id: added.id, removed: true });
    expect(await gatehouse.json([...tokens, 'list'])).toEqual([]);
    expect((await gatehouse.run([...tokens, 'remove', added.id])).code).toBe(1);
  });

  test('says when registration does not ask for tokens', async () => {
    const off = await gatehouse.run([...tokens, 'add', '--name', 'Acme']);
    expect(off).toMatchObject({ code: 0, stdout: expect.stringContaining('Note: REGISTRATION is off') });
    const on = await gatehouse.run([...tokens, 'add', '--name', 'Acme'], { env: { REGISTRATION: 'token' } });
    expect(on.stdout).not.toContain('Note:');
  });

  test.each([
    [['--name', ' '], 1],
    [['--name', 'a\u202eb'], 1],
    [['--name', 'Acme', '--registrations', '0'], 1],
    [['--name', 'Acme', '--registrations', '10001'], 1],
    [['--name', 'Acme', '--expires', '1s'], 1],
    [['--name', 'Acme', '--expires', '366d'], 1],
    [['--name', 'Acme', '--registrations', 'many'], 2],
    [[], 2],
  ])('refuses %j', async (args, code) => {
    const outcome = await gatehouse.run([...tokens, 'add', ...args]);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).not.toBe('');
  });

  test('explains every command with examples', async () => {
    for (const command of ['add', 'list', 'remove'])
      expect((await gatehouse.run([...tokens, command, '--help'])).stdout).toMatch(
        /Examples?:\n {2}gatehouse/u,
      );
  });
});
