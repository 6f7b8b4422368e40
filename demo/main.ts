import { relative, resolve } from 'node:path';
import { ConfigError } from '../src/config.js';
import { announceToPeople, announceToScripts } from './announcement.js';
import { parseArguments, usage, UsageError } from './arguments.js';
import { refuseMoreThanLoopback } from './loopback-only.js';
import type { Stage } from './stage.js';
import { StartRefusedError } from './start-refused.js';

const LONGEST_STOP_MS = 4000;
const data = resolve('.data', 'demo');

async function main(): Promise<void> {
  const { json, port, reset, help } = parseArguments(process.argv.slice(2));
  if (help) return void process.stdout.write(usage);
  refuseMoreThanLoopback(process.env);

  const stopped = stopSignal();
  // Loaded late: the server is much to read for a program that only says how it is used.
  const { setStage } = await import('./stage.js');
  const stage = await setStage({
    port,
    data,
    reset,
    logLevel: process.env['LOG_LEVEL'],
  });
  const { cast, secrets } = stage;
  const colours = process.stdout.isTTY && !process.env['NO_COLOR'];
  process.stdout.write(
    json
      ? `${announceToScripts(cast, secrets)}\n`
      : announceToPeople(cast, secrets, { colours, data: relative('', data) }),
  );

  await stopped;
  await stop(stage);
}

/**
 * Resolves when somebody wants the demo to end. Signals after the first change nothing: with Ctrl-C, npm sends a
 * second one, and stopping is bounded anyway.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

async function stop(stage: Stage): Promise<void> {
  const limit = setTimeout(() => {
    process.stderr.write('The demo did not stop in time and was cut off.\n');
    process.exit(1);
  }, LONGEST_STOP_MS);
  await stage.close();
  clearTimeout(limit);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}`);
      process.exit(2);
    }
    const isExpected = error instanceof StartRefusedError || error instanceof ConfigError;
    process.stderr.write(`${isExpected ? error.message : describe(error)}\n`);
    process.exit(1);
  },
);

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
