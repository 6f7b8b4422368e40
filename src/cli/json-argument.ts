import { readFileSync } from 'node:fs';
import type { Json } from '../store/store.js';
import { UsageError } from './terminal.js';

/** `@file.json`, or the JSON itself, as `option` has it. What it says is judged by the domain. */
export function jsonArgument(option: string, given: string): Json {
  const file = given.startsWith('@') ? given.slice(1) : undefined;
  try {
    return JSON.parse(file === undefined ? given : readFileSync(file, 'utf8')) as Json;
  } catch (error) {
    const where = file ?? 'what was given';
    throw new UsageError(`${option}: ${where} holds no JSON that can be read (${(error as Error).message}).`);
  }
}
