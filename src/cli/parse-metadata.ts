import { readFileSync } from 'node:fs';
import { certificateJwks } from '../domain/certificate-jwks.js';
import type { Json, JsonObject } from '../store/store.js';
import { UsageError } from './terminal.js';

/** `dpop_bound_access_tokens=true`, `jwks=@keys.json` or `jwks=@certificate.pem`, `jwks_uri=https://…`: names and values
 *  of client metadata.
 */
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
    metadata[name] = value.startsWith('@') ? fromFile(name, value.slice(1)) : parseValue(value);
  }
  return metadata;
}

function fromFile(name: string, file: string): Json {
  try {
    const text = readFileSync(file, 'utf8');
    if (name === 'jwks' && text.includes('-----BEGIN CERTIFICATE-----')) return certificateJwks(text);
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError(
      `--metadata ${name}: ${file} holds nothing that can be read (${(error as Error).message}).`,
    );
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
