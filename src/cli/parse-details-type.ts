import { readFileSync } from 'node:fs';
import type { DetailsType } from '../store/services.js';
import { UsageError } from './terminal.js';

/** `@payment.json`, or the JSON itself: a type of authorization details, which the domain then judges. */
export function parseDetailsType(text: string): DetailsType {
  const where = text.startsWith('@') ? text.slice(1) : 'what was given';
  let declared: unknown;
  try {
    declared = JSON.parse(text.startsWith('@') ? readFileSync(where, 'utf8') : text);
  } catch (error) {
    throw new UsageError(
      `--details-type: ${where} holds no JSON that can be read (${(error as Error).message}).`,
    );
  }
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
    throw new UsageError(
      '--details-type is a JSON object: {"type": …, "description": …, "fields": [{"name": …, "kind": …}]}.',
    );
  }
  return declared as DetailsType;
}
