import { PLANS } from '../test/conformance/plans.js';
import type { Result, Results } from '../test/conformance/record.js';
import { oauth } from './standards/oauth.js';
import { openid } from './standards/openid.js';
import { SUPPORT, type Standard } from './standards/standard.js';

const START = '<!-- written by `npm run docs` from scripts/standards/ and test/conformance/results.json -->';
const END = '<!-- end of what is written -->';

export const STANDARDS: readonly Standard[] = [...openid, ...oauth];

/** `docs/standards.md` with its tables made anew; what stands around them stays. */
export function standardsPage(page: string, results: Results): string {
  const [before, rest = ''] = page.split(START);
  const [, after = ''] = rest.split(END);
  return `${before}${START}\n\n${tables()}\n\n${suiteTable(results)}\n\n${END}${after}`;
}

function tables(): string {
  return STANDARDS.map(({ name, parts }) => {
    const rows = parts.map(({ sections, about, support, how = '', tests = [] }) =>
      row([sections, about, SUPPORT[support], how, tests.map(testLink).join(', ')]),
    );
    return [
      `### ${name}`,
      '',
      row(['Sections', 'What', 'Supported', 'How, or why not', 'Shown by']),
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  }).join('\n\n');
}

function testLink(test: string): string {
  const name = test.replace(/^flows\//u, '').replace(/\.test\.ts$/u, '');
  return `[${name}](../test/${test})`;
}

const COLUMNS: readonly Result[] = ['PASSED', 'REVIEW', 'SKIPPED', 'WARNING', 'FAILED', 'INTERRUPTED'];

/** One row for each plan and store; a plan that was not run says so. */
function suiteTable({ suite, stores }: Results): string {
  const rows = PLANS.flatMap(({ name, title, modules }) =>
    (['sqlite', 'mongodb'] as const).map((store) => {
      const said = stores[store]?.[name]?.modules;
      const results = Object.values(said ?? {});
      const counts = COLUMNS.map((column) => String(results.filter((result) => result === column).length));
      const cells = said === undefined ? ['not run', ...COLUMNS.slice(1).map(() => '')] : counts;
      return row([title, store, String(modules), ...cells]);
    }),
  );
  return [
    `### What the suite ${suite} says`,
    '',
    row(['Plan', 'Store', 'Modules', ...COLUMNS.map((column) => column.toLowerCase())]),
    `|---|---|${'---|'.repeat(COLUMNS.length + 1)}`,
    ...rows,
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
