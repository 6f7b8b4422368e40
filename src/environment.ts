/** Reads the declared variables from the environment, and says in words what is wrong with them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { variables } from './config-variables.js';
import { readDotenvFile } from './dotenv-file.js';
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
  return { ...readDotenvFile(cwd).variables, ...process.env };
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
