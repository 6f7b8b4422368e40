import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { storeName } from '../../src/cli/store-name.js';
import { createInstallation, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

let gatehouse: Installation;
beforeAll(() => {
  gatehouse = createInstallation();
});
afterAll(() => gatehouse.remove());

const passphrase = 'seven green kettles';

describe('gatehouse users list', () => {
  test('names the store where there is nobody yet, in case another one was meant, and not its password', async () => {
    const empty = createInstallation();
    const { stdout } = await empty.run(['users', 'list']);
    expect(stdout).toMatch(/^There are no users yet in sqlite:\S+gatehouse\.db: see/u);
    empty.remove();
    expect(storeName('mongodb://gate:p@ss?/word@a.example,b.example/gatehouse?tls=true')).toBe(
      'mongodb://a.example,b.example/gatehouse',
    );
  });
});

describe('gatehouse users add', () => {
  test('makes a password when none is given, prints it once and keeps its hash only', async () => {
    const { code, stdout, stderr } = await gatehouse.run(['users', 'add', '--email', 'Anna@Example.com']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [password] = /\b(?:[a-z0-9]{5}-){3}[a-z0-9]{5}\b/.exec(stdout)!;
    expect(gatehouse.storedBytes()).not.toContain(password);
    expect(await gatehouse.json(['users', 'show', 'anna@example.com'])).toMatchObject({ has_password: true });
  });

  test('reads a password from standard input, and prints none', async () => {
    const add = ['users', 'add', '--username', 'berta', '--name', 'Berta Beispiel', '--password-stdin'];
    const added = await gatehouse.json(add, { input: `${passphrase}\n` });
    expect(added).toMatchObject({ username: 'berta', name: 'Berta Beispiel', has_password: true });
    expect(added).not.toHaveProperty('password');
    expect(gatehouse.storedBytes()).not.toContain(passphrase);
  });

  test('takes every standard claim', async () => {
    const claims = [
      'given_name=Carla',
      'birthdate=1990-02-28',
      'zoneinfo=Europe/Zurich',
      'phone_number=+41446681800',
    ];
    const address = ['address.locality=Bern', 'address.country=CH'];
    const options = [...claims, ...address].flatMap((claim) => ['--claim', claim]);
    const add = [
      'users',
      'add',
      '--email',
      'carla@example.com',
      '--email-verified',
      '--role',
      'administrator',
    ];
    expect(await gatehouse.json([...add, ...options])).toMatchObject({
      email_verified: true,
      roles: ['administrator'],
      given_name: 'Carla',
      birthdate: '1990-02-28',
      zoneinfo: 'Europe/Zurich',
      address: { locality: 'Bern', country: 'CH' },
    });
  });

  test('says everything that is wrong, under the option that it is about', async () => {
    const add = ['users', 'add', '--email', 'nowhere', '--claim', 'birthdate=yesterday', '--password-stdin'];
    const { code, stderr } = await gatehouse.run(add, { input: 'short' });
    expect(code).toBe(1);
    expect(stderr).toContain('--email nowhere');
    expect(stderr).toContain('--claim birthdate=yesterday');
    expect(stderr).toContain('the password');
    expect(stderr).not.toContain('short\n');
    const inJson = await gatehouse.run([...add, '--json'], { input: 'short' });
    const { error } = JSON.parse(inJson.stderr) as { error: { faults: { field: string }[] } };
    expect(error.faults.map(({ field }) => field)).toEqual(['email', 'profile.birthdate', 'password']);
    expect((await gatehouse.run(['users', 'show', 'nowhere'])).code).toBe(1);
  });

  test('gives a role that exists, names those that do, and suggests the one that is meant', async () => {
    const add = (role: string) => gatehouse.run(['users', 'add', '--username', 'ruler', '--role', role]);
    const king = await add('king');
    expect(king).toMatchObject({ code: 1, stdout: '' });
    expect(king.stderr).toContain('--role king\n    is no role of Gatehouse; the only one is administrator');
    expect(king.stderr).not.toContain('instead');
    expect((await add('admin')).stderr).toContain('instead: administrator');
    expect((await gatehouse.run(['users', 'show', 'ruler'])).code).toBe(1);
  });

  test('refuses a name that is taken in another spelling', async () => {
    const { code, stderr } = await gatehouse.run(['users', 'add', '--username', 'BERTA', '--json']);
    expect({ code, error: JSON.parse(stderr) }).toMatchObject({
      code: 1,
      error: { error: { code: 'duplicate' } },
    });
  });

  test.each([
    [['--ask-password'], 'Nobody is here'],
    [['--ask-password', '--password-stdin'], 'not both'],
    [['--password', 'secret'], 'unknown option'],
    [['--claim', 'given_name'], 'name=value'],
  ])('answers wrong usage with exit code 2: %j', async (options, reason) => {
    const { code, stderr } = await gatehouse.run(['users', 'add', '--username', 'nobody', ...options]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
  });

  test('refuses input that is no text, or too long for a password', async () => {
    const add = ['users', 'add', '--username', 'nobody', '--password-stdin'];
    expect((await gatehouse.run(add, { input: 'x'.repeat(100_000) })).code).toBe(2);
  });
});

describe('gatehouse users list and show', () => {
  test('find a user by id, username and email, in any spelling', async () => {
    const { id } = await gatehouse.json(['users', 'show', 'berta']);
    for (const name of [id, 'BERTA'])
      expect(await gatehouse.json(['users', 'show', name])).toMatchObject({ id });
    expect(await gatehouse.json(['users', 'show', 'ANNA@example.com'])).toHaveProperty('email');
    const { code, stderr } = await gatehouse.run(['users', 'show', 'nobody', '--json']);
    expect({ code, error: JSON.parse(stderr) }).toMatchObject({
      code: 1,
      error: { error: { code: 'not_found' } },
    });
  });

  test('list fits into 80 columns, shows whole ids, and can be searched', async () => {
    await gatehouse.json([
      'users',
      'add',
      '--email',
      `${'long'.repeat(12)}@example.com`,
      '--name',
      'x'.repeat(80),
    ]);
    const all = (await gatehouse.json(['users', 'list'])) as { id: string }[];
    const { stdout } = await gatehouse.run(['users', 'list']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(all.length + 1);
    expect(all.every(({ id }) => stdout.includes(id))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await gatehouse.json(['users', 'list', '--search', 'Bert'])).toMatchObject([
      { username: 'berta' },
    ]);
    expect(lines[0]).toContain('ROLES');
    expect(stdout).not.toContain('$argon2');
  });
});

describe('gatehouse users disable, enable, set-password and remove', () => {
  test('disable and enable', async () => {
    expect(await gatehouse.json(['users', 'disable', 'berta'])).toMatchObject({ disabled: true });
    expect((await gatehouse.run(['users', 'show', 'berta'])).stdout).toContain('disabled since');
    expect(await gatehouse.json(['users', 'enable', 'berta'])).toMatchObject({ disabled: false });
  });

  test('set-password reads or makes one; where nobody can type, it says how', async () => {
    const before = (await gatehouse.json(['users', 'show', 'berta'])).password_changed_at;
    const given = ['users', 'set-password', 'berta', '--password-stdin'];
    const changed = await gatehouse.json(given, { input: 'eight blue teapots\r\n' });
    expect(changed.password_changed_at > before).toBe(true);
    expect(changed).not.toHaveProperty('password');
    expect(await gatehouse.json(['users', 'set-password', 'berta', '--generate'])).toMatchObject({
      password: expect.stringMatching(/^([a-z0-9]{5}-){3}[a-z0-9]{5}$/),
    });
    const asked = await gatehouse.run(['users', 'set-password', 'berta']);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('--password-stdin') });
    expect((await gatehouse.run(given, { input: 'berta' })).code).toBe(1);
  });

  test('remove wants a yes, and where nobody can give it, --yes', async () => {
    const { id } = await gatehouse.json(['users', 'show', 'berta']);
    expect((await gatehouse.run(['users', 'remove', 'berta'])).code).toBe(2);
    expect(await gatehouse.json(['users', 'remove', 'berta', '--yes'])).toEqual({ id, removed: true });
    expect((await gatehouse.run(['users', 'remove', 'berta', '--yes'])).code).toBe(1);
  });
});
