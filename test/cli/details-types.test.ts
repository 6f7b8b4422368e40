import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstallation, flags, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

const bank = 'https://api.example.com/bank';
const payment = {
  type: 'payment',
  description: 'Pay once from your account',
  fields: [
    { name: 'amount', kind: 'number', label: 'Amount in euros', required: true },
    { name: 'speed', kind: 'string', allowed: ['slow', 'instant'] },
  ],
};

let gatehouse: Installation;
let folder: string;
beforeAll(async () => {
  gatehouse = createInstallation();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-types-'));
  writeFileSync(join(folder, 'payment.json'), JSON.stringify(payment));
  const declaration = { resource: bank, 'details-type': `@${join(folder, 'payment.json')}` };
  await gatehouse.json([
    'clients',
    'add',
    ...flags({ kind: 'api', name: 'Acme Bank', id: 'bank', ...declaration }),
  ]);
});
afterAll(() => {
  gatehouse.remove();
  rmSync(folder, { recursive: true });
});

const update = (options: Record<string, string | string[]>) =>
  gatehouse.run(['services', 'update', bank, ...flags(options)]);

describe('types of authorization details, by the command line', () => {
  test('come with the API, from a file, and are shown in words and as JSON', async () => {
    expect(await gatehouse.json(['services', 'show', bank])).toMatchObject({ details_types: [payment] });
    const { stdout } = await gatehouse.run(['services', 'show', bank]);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'Details type payment: Pay once from your account (amount: number, speed?: slow | instant)',
    );
  });

  test('are added, declared otherwise and removed', async () => {
    const refund = { type: 'refund', description: 'Give money back', fields: [] };
    const dearer = { ...payment, description: 'Pay from your account' };
    await update({ 'details-type': [JSON.stringify(refund), JSON.stringify(dearer)] });
    expect(await gatehouse.json(['services', 'show', bank])).toMatchObject({
      details_types: [refund, dearer],
    });
    await update({ 'remove-details-type': 'refund' });
    expect(await gatehouse.json(['services', 'show', bank])).toMatchObject({ details_types: [dearer] });
  });

  test.each([
    ['no JSON', '{"type":', 2, 'holds no JSON that can be read'],
    ['a file that is not there', '@/nowhere/payment.json', 2, 'holds no JSON that can be read'],
    ['a list', '[]', 2, '--details-type is a JSON object'],
    ['no words', '{"type":"x","fields":[]}', 1, '--details-type x needs a description'],
  ])('are refused with %s, in words', async (_what, text, expected, words) => {
    const { code, stderr } = await update({ 'details-type': text });
    expect({ code, stderr: stderr.replace(/\s+/g, ' ') }).toEqual({
      code: expected,
      stderr: expect.stringContaining(words),
    });
  });

  test('belong to one service: the client of another is not added with them', async () => {
    const other = { resource: 'urn:example:other', 'details-type': JSON.stringify(payment) };
    const { code, stderr } = await gatehouse.run([
      'clients',
      'add',
      ...flags({ kind: 'api', name: 'Other', id: 'other', ...other }),
    ]);
    expect(code).toBe(1);
    expect(stderr.replace(/\s+/g, ' ')).toContain(`is declared by ${bank} already`);
    expect((await gatehouse.run(['clients', 'show', 'other'])).code).toBe(1);
  });

  test('are for the kind api', async () => {
    const { code, stderr } = await gatehouse.run([
      'clients',
      'add',
      ...flags({ kind: 'service', name: 'Nightly', 'details-type': JSON.stringify(payment) }),
    ]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('for the kind api') });
  });

  test('an app can be limited to some of them', async () => {
    const options = {
      kind: 'spa',
      name: 'Ledger',
      'redirect-uri': 'https://ledger.example/',
      resource: bank,
    };
    const limit = { metadata: 'authorization_details_types=["payment"]' };
    expect(await gatehouse.json(['clients', 'add', ...flags({ ...options, ...limit })])).toMatchObject({
      authorization_details_types: ['payment'],
    });
  });
});
