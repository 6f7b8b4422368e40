import { parseArgs } from 'node:util';
import { PARTS } from './ports.js';

export interface Arguments {
  /** One line of JSON for scripts, in place of the page for people. */
  json: boolean;
  /** Forget the data of earlier starts first. */
  reset: boolean;
  help: boolean;
  /** The port of Gatehouse; the others follow it. */
  port?: number;
}

export const usage = `Usage: npm run demo -- [options]

Starts Gatehouse on this computer, with two web apps, a single-page app and two
APIs that use it.

  --port N   put Gatehouse on port N and the others on the ports after it
             (without it: the first free ports from 3000)
  --json     print one line of JSON when all is up, for scripts
             (npm prints lines of its own before it: npm run -s demo -- --json)
  --reset    forget users, sessions and all else from earlier starts
  --help     show this
`;

/** What is wrong with how the demo was started, in words. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parseArguments(given: string[]): Arguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: given,
      options: {
        json: { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
        port: { type: 'string' },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { port, ...flags } = values;
  if (port === undefined) return flags;
  const highest = 65_535 - (PARTS.length - 1);
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > highest) throw new UsageError(`--port must be a number from 1 to ${highest}.`);
  return { ...flags, port: number };
}
