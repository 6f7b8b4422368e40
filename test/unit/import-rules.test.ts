import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brokenImportRules, importsOf } from '../../scripts/import-rules.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function broken(path: string, source: string): string[] {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), source);
  return brokenImportRules(root);
}

test('this tree keeps the rules', () => {
  expect(brokenImportRules(process.cwd())).toEqual([]);
});

describe('refused', () => {
  test.each([
    ['the domain a web framework', 'src/domain/users.ts', 'koa'],
    ['the domain a driver', 'src/domain/users.ts', 'mongodb'],
    ['the domain the protocol library', 'src/domain/users.ts', 'oidc-provider'],
    ['the domain an edge', 'src/domain/users.ts', '../http/routes.js'],
    ['the domain an adapter', 'src/domain/users.ts', '../../adapters/sqlite/open.js'],
    ['argon2 outside its one file', 'src/domain/users.ts', 'argon2'],
    ['an adapter the domain', 'adapters/mongodb/users.ts', '../../src/domain/users.js'],
    ['an adapter another adapter', 'adapters/mongodb/users.ts', '../sqlite/users.js'],
    ["an adapter another's driver", 'adapters/mongodb/users.ts', '@photostructure/sqlite'],
    ['the ports anything', 'src/store/users.ts', '../domain/users.js'],
    ['the ports a module of Node', 'src/store/users.ts', 'node:fs'],
    ['the composition an adapter', 'src/compose.ts', '../adapters/mongodb/open.js'],
    ['the domain the running configuration', 'src/domain/users.ts', '../config.js'],
    ['an edge an adapter', 'src/app.ts', '../adapters/mongodb/open.js'],
    ['the command line an adapter', 'src/cli/users.ts', '../../adapters/mongodb/open.js'],
    ['the demo an adapter', 'demo/main.ts', '../adapters/sqlite/open.js'],
    ['the inside of the protocol layer an edge', 'src/interaction/login.ts', '../oidc/provider.js'],
    ['an edge the protocol library', 'src/interaction/login.ts', 'oidc-provider'],
    ['middleware the domain', 'src/http/routes.ts', '../domain/users.js'],
    ['pages a web framework', 'src/pages/pages.ts', 'koa'],
    ['a folder without a rule', 'adapters/postgres/open.ts', 'pg'],
  ])('%s', (_, path, specifier) => {
    expect(broken(path, `import '${specifier}';`)).toEqual([
      expect.stringContaining(`${path} imports ${specifier}: `),
    ]);
  });
});

describe('allowed', () => {
  test.each([
    ['the domain the ports', 'src/domain/users.ts', '../store/users.js'],
    ['the domain itself', 'src/domain/users.ts', './passwords.js'],
    ['an adapter the ports', 'adapters/mongodb/users.ts', '../../src/store/users.js'],
    ['an adapter its driver', 'adapters/mongodb/users.ts', 'mongodb'],
    ['one file an adapter', 'src/open-store.ts', '../adapters/sqlite/open.js'],
    ['the protocol layer its library', 'src/oidc/provider.ts', 'oidc-provider/lib/errors.js'],
    ['an edge the pages', 'src/interaction/login.ts', '../pages/pages.js'],
  ])('%s', (_, path, specifier) => {
    expect(broken(path, `import '${specifier}';`)).toEqual([]);
  });
});

test('a guarded package may be named as a type where packages are free', () => {
  expect(broken('src/app.ts', `import type Provider from 'oidc-provider';`)).toEqual([]);
  expect(broken('src/app.ts', `import Provider from 'oidc-provider';`)).toHaveLength(1);
});

test('types of the configuration may be named where the configuration may not be read', () => {
  expect(broken('src/domain/users.ts', `import type { Config } from '../config.js';`)).toEqual([]);
  expect(broken('src/domain/users.ts', `import type { Context } from 'koa';`)).toHaveLength(1);
});

test('every way to import is seen, and only those', () => {
  const source = `
    // import 'comment'
    import type { A } from 'a';
    import 'b';
    export * from 'c';
    export { x } from 'd';
    const e = await import('e');
    type F = import('f').G;
    import g = require('g');
    const h = createRequire(import.meta.url)('h');
    const words = "import 'words'";
    export const local = 1;`;
  const found = importsOf(source);
  expect(found.map(({ specifier }) => specifier)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  expect(found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier)).toEqual(['a', 'f']);
});
