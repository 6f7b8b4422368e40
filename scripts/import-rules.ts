/** Which room may import what. DESIGN of the rules: edges → domain → store ← adapters; nothing points the other way. */
import { parseSync } from '@swc/core';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';

interface Room {
  /** The room is every file whose path starts with this; the first room that fits counts. */
  readonly at: string;
  /** Starts of the paths that it may import besides its own. */
  readonly imports: readonly string[];
  /** Packages it may import; undefined: all but the guarded ones. */
  readonly packages?: readonly string[];
  /** Whether it may import Node's own modules. */
  readonly node?: false;
}

const settings = ['src/config.ts'];
const edge = [...settings, 'src/http/', 'src/domain/', 'src/store/', 'src/pages/', 'src/oidc/door.ts'];
const ports = ['src/store/', 'src/mail/'];

const rooms: readonly Room[] = [
  { at: 'src/main.ts', imports: ['src/', 'adapters/'] },
  { at: 'src/compose.ts', imports: ['src/', 'adapters/'] },
  { at: 'src/config', imports: ['src/config', 'src/environment.ts'], packages: [] },
  { at: 'src/environment.ts', imports: ['src/config-variables.ts'], packages: ['dotenv'] },
  { at: 'src/store/', imports: [], packages: [], node: false },
  { at: 'src/mail/', imports: [], packages: [] },
  { at: 'src/domain/', imports: ports, packages: ['jose', 'argon2', '@node-rs/argon2', 'bcryptjs'] },
  {
    at: 'src/pages/',
    imports: [...settings, 'src/domain/app-error.ts'],
    packages: ['ejs', 'intl-messageformat'],
  },
  { at: 'src/http/', imports: [...settings, 'src/domain/app-error.ts', 'src/store/store.ts'] },
  { at: 'src/oidc/', imports: edge },
  { at: 'src/interaction/', imports: edge },
  { at: 'src/account/', imports: edge },
  { at: 'src/admin/', imports: edge },
  { at: 'src/federation/', imports: edge },
  {
    at: 'src/cli/',
    imports: [...settings, 'src/compose.ts', 'src/domain/', 'src/store/'],
    packages: ['commander'],
  },
  { at: 'src/', imports: ['src/'] },
  { at: 'adapters/mongodb/', imports: ports, packages: ['mongodb'] },
  { at: 'adapters/sqlite/', imports: ports, packages: ['@photostructure/sqlite'] },
  { at: 'adapters/smtp/', imports: ports, packages: ['nodemailer'] },
  { at: 'views/', imports: [], packages: [], node: false },
  { at: 'demo/', imports: ['src/'] },
  { at: 'sdk/', imports: [], packages: ['jose'] },
];

/** Packages that have one home. */
const guarded: Readonly<Record<string, readonly string[]>> = {
  'oidc-provider': ['src/oidc/'],
  mongodb: ['adapters/mongodb/'],
  '@photostructure/sqlite': ['adapters/sqlite/'],
  nodemailer: ['adapters/smtp/'],
  argon2: ['src/domain/argon2-worker.js'],
  '@node-rs/argon2': ['src/domain/argon2-worker.js'],
  ejs: ['src/pages/'],
  dotenv: ['src/environment.ts'],
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
    importsOf(readFileSync(join(root, file), 'utf8')).flatMap((specifier) => {
      const reason = forbidden(root, file, specifier);
      return reason === undefined ? [] : [`${file} imports ${specifier}: ${reason}`];
    }),
  );
}

function forbidden(root: string, file: string, specifier: string): string | undefined {
  const room = rooms.find(({ at }) => file.startsWith(at));
  if (!room) return 'this folder has no rule yet; give it one in scripts/import-rules.ts';
  if (specifier.startsWith('.')) {
    const target = sourceOf(root, posix.join(posix.dirname(file), specifier));
    const own = room.at.endsWith('/') && room.at !== 'src/' ? [room.at] : [];
    const allowed = [...own, ...room.imports];
    return allowed.some((start) => target.startsWith(start))
      ? undefined
      : `${room.at} may import ${allowed.join(', ') || 'nothing'}`;
  }
  if (isBuiltin(specifier))
    return room.node === false ? `${room.at} may not import Node's modules` : undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const homes = guarded[name];
  if (homes && !homes.some((home) => file.startsWith(home)))
    return `the only home of ${name} is ${homes.join(', ')}`;
  if (!room.packages || room.packages.includes(name)) return undefined;
  return `${room.at} may import ${room.packages.length > 0 ? `the packages ${room.packages.join(', ')}` : 'no package'}`;
}

/** TypeScript imports name the file that the compiler will make. */
function sourceOf(root: string, path: string): string {
  return existsSync(join(root, path)) ? path : path.replace(/\.js$/, '.ts');
}

/** Everything that `source` imports, requires, exports from or takes a type from. */
export function importsOf(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push(specifier);
    Object.values(node).forEach(visit);
  };
  visit(parseSync(source, { syntax: 'typescript' }));
  return found;
}

/** The members of the syntax tree's nodes that name a module. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly source?: Node | null;
  readonly argument?: Node;
  readonly expression?: Node;
  readonly callee?: Node;
  readonly arguments?: readonly { readonly expression: Node }[];
}

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
