/** The part of docs/ARCHITECTURE.md that is derived: the table of what each room may import. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rooms, type Room } from './import-rules.js';

const START = '<!-- written by `npm run docs` from scripts/import-rules.ts -->';
const END = '<!-- end of what is written -->';

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const ours = ({ imports, types = [] }: Room): string =>
  [code(imports), types.length > 0 ? `types of ${code(types)}` : ''].filter(Boolean).join('; ') || 'nothing';

const others = ({ packages, node }: Room): string =>
  [
    packages === undefined ? 'any that has no home elsewhere' : code(packages) || 'none',
    node === false ? ", and none of Node's modules" : '',
  ].join('');

function importTable(): string {
  const isThere = ({ at }: Room) =>
    at.startsWith('src/config') || existsSync(fileURLToPath(new URL(`../${at}`, import.meta.url)));
  const rows = rooms.filter(isThere).map((room) => `| \`${room.at}\` | ${ours(room)} | ${others(room)} |`);
  return ['| Room | may import of ours, besides itself | packages |', '|---|---|---|', ...rows].join('\n');
}

/** The page with its derived part renewed. */
export function architecturePage(page: string): string {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error('docs/ARCHITECTURE.md has lost the comments around its table');
  return `${before}${START}\n\n${importTable()}\n\n${END}${after}`;
}
