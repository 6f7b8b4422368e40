import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { brokenLockfileRules } from '../../scripts/lockfile-rules.js';

test('this lock file keeps the rules', () => {
  expect(brokenLockfileRules(JSON.parse(readFileSync('package-lock.json', 'utf8')))).toEqual([]);
});

describe('a package for some platform', () => {
  const wants = { optionalDependencies: { '@x/linux': '1.0.0' } };

  test.each([
    'node_modules/a/node_modules/b/node_modules/@x/linux',
    'node_modules/a/node_modules/@x/linux',
    'node_modules/@x/linux',
  ])('is found in %s', (path) => {
    expect(brokenLockfileRules({ packages: { 'node_modules/a/node_modules/b': wants, [path]: {} } })).toEqual(
      [],
    );
  });

  test('is missed when it is nowhere, or where only others find it', () => {
    const packages = { 'node_modules/b': wants, 'node_modules/c/node_modules/@x/linux': {} };
    expect(brokenLockfileRules({ packages })).toEqual([
      'node_modules/b wants @x/linux on some platform, and the lock file lacks it',
    ]);
    expect(brokenLockfileRules({ packages: { '': wants } })).toHaveLength(1);
  });
});

test('a package bound to one registry is reported', () => {
  const packages = {
    'node_modules/a': { resolved: 'https://registry.example/a.tgz' },
    sdk: { resolved: 'sdk' },
  };
  expect(brokenLockfileRules({ packages })).toEqual([
    'node_modules/a is bound to an address: https://registry.example/a.tgz',
  ]);
});
