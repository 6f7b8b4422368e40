import dotenv from 'dotenv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DotenvFile {
  readonly variables: Readonly<Record<string, string>>;
  /** Names whose whole value dotenv took for a comment: `COLOUR=#aa0000`. */
  readonly commentedOut: readonly string[];
}

/** `.env` in the working directory; empty when there is none. */
export function readDotenvFile(cwd: string): DotenvFile {
  const text = readOptional(join(cwd, '.env'));
  const variables = dotenv.parse(text);
  // With a space behind the # it reads like a comment, and is one: `COLOUR= # none yet`.
  const lines = text.matchAll(/^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*#[^#\s]/gm);
  const commentedOut = [...lines].flatMap(([, name = '']) => (variables[name] === '' ? [name] : []));
  return { variables, commentedOut };
}

function readOptional(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
