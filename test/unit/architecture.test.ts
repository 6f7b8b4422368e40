import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { architecturePage } from '../../scripts/architecture-docs.js';

const page = readFileSync('docs/ARCHITECTURE.md', 'utf8');
const named = [...page.matchAll(/`([^`\s]+)`/gu)].map(([, name]) => name as string);

/** What is made by tools, and is not in git. */
const made = ['node_modules', 'dist', 'coverage', 'test-results', '.git', '.data', '.interop'];

const foldersIn = (path: string) =>
  readdirSync(path || '.', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !made.includes(entry.name))
    .map(({ name }) => `${path}${name}/`);

test('ARCHITECTURE.md names every room', () => {
  const tops = foldersIn('').filter((top) => !['src/', 'adapters/'].includes(top));
  const rooms = [...foldersIn('src/'), ...foldersIn('adapters/'), ...tops];
  expect(rooms.filter((room) => !named.includes(room))).toEqual([]);
});

test('ARCHITECTURE.md names no file or folder that is not there', () => {
  const planned = page.slice(page.indexOf('## Where this differs'));
  const paths = named.filter((name) => /^(?:src|adapters|test|demo|views|bin|scripts)\//u.test(name));
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !planned.includes(path) && !exists(path))).toEqual([]);
});

test('the import table in ARCHITECTURE.md is the one that is enforced; "npm run docs" writes it', () => {
  expect(architecturePage(page)).toBe(page);
});

/** The table of imports names rooms by the start of their files' names, and rooms that are still to come. */
function exists(path: string): boolean {
  const table = page.slice(page.indexOf('| Room |'), page.indexOf('<!-- end'));
  return table.includes(`\`${path}\``) || existsSync(path);
}
