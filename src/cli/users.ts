import { Command } from 'commander';
import type { CommandContext } from './command-context.js';
export function usersCommand(_context: CommandContext): Command {
  return new Command('users');
}
