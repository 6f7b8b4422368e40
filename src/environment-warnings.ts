import { variables } from './config-variables.js';
import { readDotenvFile } from './dotenv-file.js';
import type { Environment } from './environment.js';

const known = Object.keys(variables).flatMap((name) => [name, `${name}_FILE`]);

/** Resembles one of ours, and is read by OpenSSL and whatever is built on it. */
const ofOthers = ['SSL_CERT_FILE'];

/** Sentences about variables that do not count as they were meant to: misspelt ones, and values lost to a `#`. */
export function environmentWarnings(
  environment: Environment = process.env,
  cwd: string = process.cwd(),
): string[] {
  const file = readDotenvFile(cwd);
  const lost = file.commentedOut.filter((name) => known.includes(name) && environment[name] === undefined);
  return [
    ...lost.map(
      (name) => `${name} in .env is empty: an unquoted # starts a comment. Put its value in quotes.`,
    ),
    ...misspelt(environment, slip),
    // Only what Gatehouse is to read stands there: shorter names count, which outside are often somebody else's (POST).
    ...misspelt(file.variables, slipInFile).filter(
      (warning) => !misspelt(environment, slip).includes(warning),
    ),
  ];
}

type IsSlip = (candidate: string, mistakes: number) => boolean;
const slip: IsSlip = (candidate, mistakes) =>
  candidate.length >= 6 && mistakes <= (candidate.length < 9 ? 1 : 2);
const slipInFile: IsSlip = (candidate, mistakes) => mistakes <= (candidate.length < 6 ? 1 : 2);

function misspelt(environment: Environment, isSlip: IsSlip): string[] {
  const meant = (name: string): string | undefined =>
    known.find((candidate) => candidate === name) ??
    known.find((candidate) => isSlip(candidate, mistakesBetween(name, candidate)));
  return Object.keys(environment).flatMap((name) => {
    if (known.includes(name) || ofOthers.includes(name) || !environment[name]) return [];
    const plain = name.replace(/^GATEHOUSE_/, '');
    const better = meant(plain);
    if (better) return [`${name} is set but not read. Is ${better} meant?`];
    return plain === name ? [] : [`${name} is set but not read: Gatehouse has no such variable.`];
  });
}

/** Letters left out, added, replaced, or swapped with the next (optimal string alignment). */
function mistakesBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let line = 1; line <= a.length; line += 1) {
    const [above, row] = [rows[line - 1]!, [line]];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = above[column - 1]! + (a[line - 1] === b[column - 1] ? 0 : 1);
      const isSwap = a[line - 1] === b[column - 2] && a[line - 2] === b[column - 1];
      const swapped = isSwap ? rows[line - 2]![column - 2]! + 1 : Infinity;
      row.push(Math.min(replaced, swapped, above[column]! + 1, row[column - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
