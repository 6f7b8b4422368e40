/** Which room may import what. DESIGN of the rules: edges → domain → store ← adapters; nothing points the other way. */
import { parseSync } from '@swc/core';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';

export interface Room {
  /** The room is every file whose path starts with this; the first room that fits counts. */
  readonly at: string;
  /** Starts of the paths that it may import besides its own. */
  readonly imports: readonly string[];
  /** The same for `import type`, which leaves no trace at run time. */
  readonly types?: readonly string[];
  /** Packages it may import; undefined: all but the guarded ones. */
  readonly packages?: readonly string[];
  /** Whether it may import Node's own modules. */
  readonly node?: false;
}

const configTypes = ['src/config.ts'];
const ports = ['src/store/', 'src/mail/'];
const inner = ['src/http/', 'src/domain/', 'src/store/', 'src/pages/'];
// The pages reach the provider through two doors: one for the steps of a sign-in, one for who is signed in.
const edge = { imports: [...inner, 'src/oidc/door.ts', 'src/oidc/account-door.ts'], types: configTypes };

export const rooms: readonly Room[] = [
  { at: 'src/open-store.ts', imports: ['src/store/', 'adapters/'], packages: [] },
  { at: 'src/config', imports: ['src/config', 'src/environment.ts'], packages: [] },
  { at: 'src/dotenv-file.ts', imports: [], packages: ['dotenv'] },
  {
    at: 'src/environment',
    imports: ['src/environment', 'src/config-variables.ts', 'src/dotenv-file.ts'],
    packages: [],
  },
  { at: 'src/store/', imports: [], packages: [], node: false },
  { at: 'src/mail/', imports: [], packages: [] },
  {
    at: 'src/domain/',
    imports: ports,
    types: configTypes,
    packages: ['jose', 'argon2', '@node-rs/argon2', 'bcryptjs'],
  },
  {
    at: 'src/pages/',
    imports: [],
    types: [...configTypes, 'src/domain/app-error.ts'],
    packages: ['ejs', 'intl-messageformat'],
  },
  {
    at: 'src/http/',
    imports: ['src/pages/', 'src/domain/app-error.ts', 'src/store/store.ts'],
    types: configTypes,
  },
  { at: 'src/oidc/', imports: inner, types: configTypes },
  {
    at: 'src/notices/',
    imports: ['src/domain/', 'src/http/'],
    types: [...configTypes, 'src/oidc/outbound/outbound-post.ts'],
  },
  { at: 'src/interaction/', ...edge },
  { at: 'src/account/', ...edge },
  { at: 'src/admin/', ...edge },
  { at: 'src/federation/', ...edge },
  {
    at: 'src/cli/',
    imports: ['src/compose.ts', 'src/config.ts', 'src/domain/', 'src/store/'],
    packages: ['commander'],
  },
  {
    at: 'src/conformance/',
    imports: ['src/domain/', 'src/store/', 'src/http/'],
    types: ['src/compose.ts', 'src/oidc/account-door.ts', ...configTypes],
  },
  { at: 'src/', imports: ['src/'] },
  { at: 'adapters/mongodb/', imports: ports, packages: ['mongodb'] },
  { at: 'adapters/sqlite/', imports: ports, packages: ['@photostructure/sqlite'] },
  { at: 'adapters/smtp/', imports: ports, packages: ['nodemailer'] },
  { at: 'views/', imports: [], packages: [], node: false },
  { at: 'demo/', imports: ['src/'] },
  { at: 'sdk/', imports: [], packages: ['jose'] },
];

/** Packages that have one home; their types may be named wherever packages are free. */
const guarded: Readonly<Record<string, readonly string[]>> = {
  'oidc-provider': ['src/oidc/'],
  mongodb: ['adapters/mongodb/'],
  '@photostructure/sqlite': ['adapters/sqlite/'],
  nodemailer: ['adapters/smtp/'],
  argon2: ['src/domain/argon2-worker.js'],
  '@node-rs/argon2': ['src/domain/argon2-worker.js'],
  ejs: ['src/pages/'],
  dotenv: ['src/dotenv-file.ts'],
};

const houses = ['src', 'adapters', 'views', 'demo', 'sdk'];

/** A sentence for every import under `root` that breaks a rule. */
export function brokenImportRules(root: string): string[] {
  const files = houses
    .filter((house) => existsSync(join(root, house)))
    .flatMap((house) =>
      readdirSync(join(root, house), { recursive: true, encoding: 'utf8' }).map((name) => `${house}/${name}`),
    )
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(?:ts|js)$/.test(file) && !/(?:^|\/)(?:node_modules|dist)\//.test(file));
  return files.flatMap((file) =>
    importsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ specifier, typeOnly }) => {
      const reason = forbidden(root, file, specifier, typeOnly);
      return reason === undefined ? [] : [`${file} imports ${specifier}: ${reason}`];
    }),
  );
}

function forbidden(root: string, file: string, specifier: string, typeOnly: boolean): string | undefined {
  const room = rooms.find(({ at }) => file.startsWith(at));
  if (!room) return 'this folder has no rule yet; give it one in scripts/import-rules.ts';
  if (specifier.startsWith('.')) {
    const target = sourceOf(root, posix.join(posix.dirname(file), specifier));
    const own = room.at.endsWith('/') && room.at !== 'src/' ? [room.at] : [];
    const allowed = [...own, ...room.imports, ...(typeOnly ? (room.types ?? []) : [])];
    return allowed.some((start) => target.startsWith(start))
      ? undefined
      : `${room.at} may import ${allowed.join(', ') || 'nothing'}`;
  }
  if (isBuiltin(specifier))
    return room.node === false ? `${room.at} may not import Node's modules` : undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const homes = guarded[name];
  if (!typeOnly && homes && !homes.some((home) => file.startsWith(home)))
    return `the only home of ${name} is ${homes.join(', ')}`;
  if (!room.packages || room.packages.includes(name)) return undefined;
  return `${room.at} may import ${room.packages.length > 0 ? `the packages ${room.packages.join(', ')}` : 'no package'}`;
}

/** TypeScript imports name the file that the compiler will make. */
function sourceOf(root: string, path: string): string {
  return existsSync(join(root, path)) ? path : path.replace(/\.js$/, '.ts');
}

/** Everything that `source` imports, requires, exports from or takes a type from. */
export function importsOf(source: string): { specifier: string; typeOnly: boolean }[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push({ specifier, typeOnly: isTypeOnly(node) });
    Object.values(node).forEach(visit);
  };
  visit(parseSync(source, { syntax: 'typescript' }));
  return found;
}

/** The members of the syntax tree's nodes that name a module. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly typeOnly?: boolean;
  readonly source?: Node | null;
  readonly argument?: Node;
  readonly expression?: Node;
  readonly callee?: Node;
  readonly arguments?: readonly { readonly expression: Node }[];
}

const isTypeOnly = ({ type, typeOnly }: Node): boolean => type === 'TsImportType' || typeOnly === true;

function specifierOf(node: Node): string | undefined {
  const text = (literal?: Node | null) => (typeof literal?.value === 'string' ? literal.value : undefined);
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return text(node.source);
    case 'TsImportType':
      return text(node.argument);
    case 'TsExternalModuleReference':
      return text(node.expression);
    case 'CallExpression': {
      const { callee } = node;
      const loads =
        callee?.type === 'Import' || callee?.value === 'require' || callee?.callee?.value === 'createRequire';
      return loads ? text(node.arguments?.[0]?.expression) : undefined;
    }
    default:
      return undefined;
  }
}
