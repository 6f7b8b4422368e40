import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { STANDARDS, standardsPage } from '../../scripts/standards-docs.js';
import { PLANS } from '../conformance/plans.js';
import { readResults } from '../conformance/record.js';

const parts = STANDARDS.flatMap(({ name, parts: all }) => all.map((part) => ({ name, ...part })));

test('docs/standards.md is the one that "npm run docs" writes', async () => {
  const page = readFileSync('docs/standards.md', 'utf8');
  expect(standardsPage(page, await readResults())).toBe(page);
});

test('every part that is supported names tests, and each of them is there', () => {
  for (const part of parts.filter(({ support }) => support !== 'no')) expect(part.tests).not.toEqual([]);
  const named = parts.flatMap(({ tests = [] }) => tests);
  expect(named.filter((file) => !existsSync(`test/${file}`))).toEqual([]);
});

test('what is not there says why, and what has to be switched on says how', () => {
  expect(parts.filter(({ support, how }) => support !== 'on' && how === undefined)).toEqual([]);
});

test('the suite passes every module of every plan on both stores: no warning, no failure, no plan left out', async () => {
  const { stores } = await readResults();
  for (const store of ['sqlite', 'mongodb'] as const) {
    for (const { name, modules } of PLANS) {
      const results = Object.values(stores[store]?.[name]?.modules ?? {});
      expect([store, name, results.length]).toEqual([store, name, modules]);
      expect(results.filter((result) => !['PASSED', 'REVIEW', 'SKIPPED'].includes(result))).toEqual([]);
    }
  }
});
