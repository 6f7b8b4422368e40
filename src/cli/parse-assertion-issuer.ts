import type { AssertionIssuer } from '../domain/assertion-issuers.js';
import { fromFile } from './parse-metadata.js';
import { UsageError } from './terminal.js';

/** `@issuer.json`; what stands in it is judged with all else that is said of a client. */
export function parseAssertionIssuer(given: string): AssertionIssuer {
  if (!given.startsWith('@'))
    throw new UsageError(`--assertion-issuer ${given}: expected a file with JSON, as @issuer.json`);
  return fromFile('--assertion-issuer', given.slice(1)) as unknown as AssertionIssuer;
}
