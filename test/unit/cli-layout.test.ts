import { describe, expect, test } from '@jest/globals';
import { table } from '../../src/cli/layout.js';

const columns = ['id', 'username', 'email'].map((name) => ({
  title: name.toUpperCase(),
  value: (row: Record<string, string>) => row[name] ?? '',
}));

describe('a table', () => {
  test('gives the room of a column in which nothing stands to the others', () => {
    const email = `${'a'.repeat(30)}@example.com`;
    expect(table([{ id: 'one', email }], columns, 50)).toBe(`ID   EMAIL\none  ${email}`);
  });

  test('keeps a column in which one row has something', () => {
    const rows = [
      { id: 'one', email: 'a@example.com' },
      { id: 'two', username: 'bo' },
    ];
    expect(table(rows, columns, 80)).toBe('ID   USERNAME  EMAIL\none            a@example.com\ntwo  bo');
  });
});
