import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { createInstallation, flags, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

const orders = 'https://api.example.com/orders';

let gatehouse: Installation;
beforeAll(async () => {
  gatehouse = createInstallation();
  const scope = 'orders:read=See your orders';
  const api = flags({ kind: 'api', name: 'Orders API', id: 'orders-api', resource: orders, scope });
  await gatehouse.json(['clients', 'add', ...api]);
  const nightly = flags({ kind: 'service', name: 'Nightly report', id: 'nightly', resource: orders });
  await gatehouse.json(['clients', 'add', ...nightly]);
});
afterAll(() => gatehouse.remove());

/** Adds a second API client of the service that stands. */
const join = (options: Record<string, string>) =>
  gatehouse.run([
    'clients',
    'add',
    ...flags({ kind: 'api', name: 'Second', id: 'second', resource: orders, ...options }),
  ]);

describe('gatehouse clients add --kind api, for a service that stands', () => {
  test('changes neither its format nor its words: it says what stands, and which command changes it', async () => {
    const before = await gatehouse.json(['services', 'show', orders]);
    const { code, stderr } = await join({ format: 'opaque', scope: 'orders:read=Read orders' });
    expect(code).toBe(1);
    const said = stderr.replace(/\s+/g, ' ');
    expect(said).toContain('--format opaque would change the service that stands');
    expect(said).toContain('the format of its tokens is jwt');
    expect(said).toContain('--scope orders:read=Read orders would change');
    expect(said).toContain('orders:read says "See your orders"');
    expect(said).toContain(`gatehouse services update ${orders}`);
    expect(await gatehouse.json(['services', 'show', orders])).toEqual(before);
    expect((await gatehouse.run(['clients', 'show', 'second'])).code).toBe(1);
  });

  test('adds the client and new scopes, and says so', async () => {
    const { code, stdout } = await join({ scope: 'orders:write=Place orders' });
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('stood already; it stays as it is');
    expect(stdout).toContain('new scopes: orders:write');
    expect(await gatehouse.json(['services', 'show', orders])).toMatchObject({
      token_format: 'jwt',
      scopes: [{ name: 'orders:read' }, { name: 'orders:write', description: 'Place orders' }],
      introspected_by: ['orders-api', 'second'],
      used_by: ['nightly'],
    });
  });
});

describe('gatehouse services', () => {
  test('list and show say in words what there is, and clients show what an API client is the API of', async () => {
    const { stdout: list } = await gatehouse.run(['services', 'list']);
    expect(list).toMatch(/^RESOURCE +FORMAT +NAME +SCOPES\nhttps:\/\/api\.example\.com\/orders +jwt +Orders/);
    const { stdout: shown } = await gatehouse.run(['services', 'show', orders]);
    expect(shown).toMatch(/Scope +orders:read: See your orders/);
    expect(shown).toMatch(/Used by +nightly/);
    const { stdout: client } = await gatehouse.run(['clients', 'show', 'orders-api']);
    expect(client).toMatch(
      /Is the API +https:\/\/api\.example\.com\/orders\n +Token format +jwt\n +Scope +o/,
    );
    expect(await gatehouse.json(['clients', 'show', 'orders-api'])).toMatchObject({
      services: [{ resource: orders, token_format: 'jwt' }],
    });
  });

  test('update changes the name, the format, the algorithm and the words of a scope, and leaves the rest', async () => {
    const changes = { name: 'Orders 2', format: 'opaque', 'token-alg': 'ES384' };
    const options = flags({ ...changes, scope: 'orders:read=See what you ordered' });
    expect(await gatehouse.json(['services', 'update', orders, ...options])).toMatchObject({
      name: 'Orders 2',
      token_format: 'opaque',
      token_alg: 'ES384',
      scopes: [
        { name: 'orders:read', description: 'See what you ordered' },
        { name: 'orders:write', description: 'Place orders' },
      ],
      introspected_by: ['orders-api', 'second'],
    });
  });

  test('one that loses its last API client is pointed out, with the command that removes it', async () => {
    const first = await gatehouse.run(['clients', 'remove', 'second', '--yes']);
    expect(first.stdout).toBe('Removed the client second.\n');
    const last = await gatehouse.run(['clients', 'remove', 'orders-api', '--yes']);
    expect(last.stdout).toContain(`The service ${orders} stands`);
    expect(last.stdout).toContain(`gatehouse services remove ${orders}`);
  });

  test('remove wants a yes and names who loses it; where nobody can answer, --yes', async () => {
    const unasked = await gatehouse.run(['services', 'remove', orders]);
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringMatching(/nightly[^]*--yes/) });
    expect(await gatehouse.json(['services', 'list'])).toHaveLength(1);
    const removed = await gatehouse.json(['services', 'remove', orders, '--yes']);
    expect(removed).toEqual({ resource: orders, removed: true });
    expect(await gatehouse.json(['services', 'list'])).toEqual([]);
    expect((await gatehouse.run(['services', 'list'])).stdout).toContain('There are no services yet');
  });

  test.each(['show', 'remove', 'update'])('%s of one that is not there fails in words', async (command) => {
    const options = { show: [], remove: ['--yes'], update: ['--name', 'X'] }[command]!;
    const { code, stderr } = await gatehouse.run(['services', command, 'urn:none', ...options, '--json']);
    expect({ code, error: JSON.parse(stderr) }).toMatchObject({
      code: 1,
      error: { error: { code: 'not_found' } },
    });
  });
});
