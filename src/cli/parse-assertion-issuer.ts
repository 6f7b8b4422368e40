import { readFileSync } from 'node:fs';

import type { AssertionIssuer } from '../domain/assertion-issuers.js';
import { UsageError } from './terminal.js';

/** `@issuer.json`; what stands in it is judged with all else that is said of a client. */
export function parseAssertionIssuer(given: string): AssertionIssuer {
  const wrong = (reason: string) => new UsageError(`--assertion-issuer ${given}: ${reason}`);
  if (!given.startsWith('@')) throw wrong('expected a file with JSON, as @issuer.json');
  try {
    return JSON.parse(readFileSync(given.slice(1), 'utf8')) as AssertionIssuer;
  } catch (error) {
    throw wrong(`it holds no JSON that can be read (${(error as Error).message}).`);
  }
}
