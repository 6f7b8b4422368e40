/** Reads the declared variables from the environment, and says in words what is wrong with them. */
import dotenv from 'dotenv';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { variables } from './config-variables.js';
import type { Values, Variable, VariableName } from './config-variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFault {
  readonly variable: string;
  /** A whole sentence or two that names the variable. */
  readonly message: string;
}

const names = Object.keys(variables) as VariableName[];

/** The environment of the process, and below it what `.env` in the working directory adds. */
export function loadEnvironment(cwd: string = process.cwd()): Environment {
  return { ...dotenv.parse(readOptional(join(cwd, '.env'))), ...process.env };
}

function readOptional(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Every declared variable read; one that is wrong is a fault, and its default stands in so that reading goes on. */
export function readEnvironment(
  environment: Environment,
  cwd: string,
): { values: Values; faults: ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const readOne = (name: VariableName): unknown => {
    const variable: Variable = variables[name];
    const normally = variable.default === undefined ? undefined : variable.kind.read(variable.default);
    const given = textOf(name, environment, cwd);
    if ('message' in given) {
      faults.push(given);
      return normally;
    }
    if (given.text === undefined) return normally;
    const value = variable.kind.read(given.text);
    if (value === undefined) faults.push(misunderstood(name, given.source, given.text));
    return value ?? normally;
  };
  const values = Object.fromEntries(names.map((name) => [name, readOne(name)])) as unknown as Values;
  return { values, faults };
}

/** An empty variable counts as not set, as compose files and shells leave them. */
function textOf(
  name: VariableName,
  environment: Environment,
  cwd: string,
): { source: string; text: string | undefined } | ConfigFault {
  const direct = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (file === undefined) return { source: name, text: direct };
  if (direct !== undefined) {
    return { variable: name, message: `${name} and ${name}_FILE are both set. Set one of them.` };
  }
  try {
    const text = readFileSync(resolve(cwd, file), 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return { source: `The file ${file} (${name}_FILE)`, text };
    return { variable: name, message: `${name}_FILE is ${shown(file)}, but that file is empty.` };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { variable: name, message: `${name}_FILE is ${shown(file)}, which cannot be read (${reason}).` };
  }
}

function misunderstood(name: VariableName, source: string, text: string): ConfigFault {
  const { kind, example, secret }: Variable = variables[name];
  const given = secret ? 'holds something else (not shown: it may be secret)' : `is ${shown(text)}`;
  return { variable: name, message: `${source} ${given}. Expected ${kind.expected}; for example ${example}` };
}

export const shown = (text: string): string =>
  JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** Sentences about variables that are set, not read, and look like a slip for one that is. */
export function misspelledVariables(environment: Environment): string[] {
  const known = names.flatMap((name) => [name, `${name}_FILE`]);
  const meant = (name: string): string | undefined =>
    known.find((candidate) => candidate === name) ??
    known.find(
      (candidate) => candidate.length >= 6 && distance(name, candidate) <= (candidate.length < 9 ? 1 : 2),
    );
  return Object.keys(environment).flatMap((name) => {
    if (known.includes(name) || !environment[name]) return [];
    const plain = name.replace(/^GATEHOUSE_/, '');
    const better = meant(plain);
    if (better) return [`${name} is set but not read. Is ${better} meant?`];
    return plain === name ? [] : [`${name} is set but not read: Gatehouse has no such variable.`];
  });
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, letter] of Array.from(a).entries()) {
    const next = [line + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const replaced = row[column]! + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
