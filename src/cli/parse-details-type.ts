import type { DetailsType } from '../store/services.js';
import { jsonArgument } from './json-argument.js';
import { UsageError } from './terminal.js';

/** `@payment.json`, or the JSON itself: a type of authorization details, which the domain then judges. */
export function parseDetailsType(given: string): DetailsType {
  const declared = jsonArgument('--details-type', given);
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
    throw new UsageError(
      '--details-type is a JSON object: {"type": …, "description": …, "fields": [{"name": …, "kind": …}]}.',
    );
  }
  return declared as unknown as DetailsType;
}
