import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../store/store.js';
import { UsageError } from './terminal.js';

/** `dpop_bound_access_tokens=true`, `jwks=@keys.json`, `jwks_uri=https://…`: names and values of client metadata. */
export function parseMetadata(given: readonly string[]): JsonObject {
  const metadata: JsonObject = {};
  for (const text of given) {
    const [, name, value] = /^([a-z_]+)=(.+)$/su.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(
        `--metadata ${text}: expected NAME=VALUE; for example dpop_bound_access_tokens=true`,
      );
    }
    if (Object.hasOwn(metadata, name)) throw new UsageError(`--metadata ${name} is given twice.`);
    metadata[name] = value.startsWith('@')
      ? fromFile(`--metadata ${name}`, value.slice(1))
      : parseValue(value);
  }
  return metadata;
}

/** A file that an option names as `@file`. */
export function fromFile(option: string, file: string): Json {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (error) {
    throw new UsageError(`${option}: ${file} holds no JSON that can be read (${(error as Error).message}).`);
  }
}

/** What looks like JSON is JSON; all else is text. */
function parseValue(value: string): Json {
  if (!/^(?:[[{"]|true$|false$|\d+$)/u.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}
