import type { Command } from 'commander';

import type { Gatehouse } from '../compose.js';
import type { Terminal } from './terminal.js';

/** What every command is given. */
export interface CommandContext {
  terminal: Terminal;
  /** Opens Gatehouse by the environment, for as long as the task takes. */
  withGatehouse<Result>(task: (gatehouse: Gatehouse) => Promise<Result>): Promise<Result>;
  /** Prints the result, in words or with `--json` as one line. */
  report(command: Command, result: { json: unknown; words: string }): void;
}

/** `--json` stands before or behind the command. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

/** For options that can be given more than once. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
