import type { AssertionIssuer } from '../domain/assertion-issuers.js';
import { jsonArgument } from './json-argument.js';
import { UsageError } from './terminal.js';

/** `@issuer.json`; what stands in it is judged with all else that is said of a client. */
export function parseAssertionIssuer(given: string): AssertionIssuer {
  if (!given.startsWith('@'))
    throw new UsageError(`--assertion-issuer ${given}: expected a file with JSON, as @issuer.json`);
  return jsonArgument('--assertion-issuer', given) as unknown as AssertionIssuer;
}
