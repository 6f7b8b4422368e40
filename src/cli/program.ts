import { Command, CommanderError } from 'commander';

import type { Gatehouse } from '../compose.js';
import { clientsCommand } from './clients.js';
import { wantsJson, type CommandContext } from './command-context.js';
import { errorInWords, reportOf } from './error-report.js';
import { keysCommand } from './keys.js';
import { registrationCommand } from './registration.js';
import { servicesCommand } from './services.js';
import type { Terminal } from './terminal.js';
import { usersCommand } from './users.js';

/**
 * Runs one command line and returns its exit code: 0 done, 1 failed, 2 asked for wrongly. Results go to standard
 * output; errors to standard error, with `--json` as one line.
 */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal,
  open: () => Promise<Gatehouse>,
): Promise<number> {
  const context: CommandContext = {
    terminal,
    async withGatehouse(task) {
      const gatehouse = await open();
      try {
        return await task(gatehouse);
      } finally {
        await gatehouse.close();
      }
    },
    report: (command, { json, words }) => terminal.print(wantsJson(command) ? JSON.stringify(json) : words),
  };
  // A usage error may come before the option is parsed.
  const json = args.includes('--json');
  const program = createProgram(context, json);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const report = reportOf(error);
    if (isHelp(error) && !json) return report.exitCode;
    const { exitCode, ...rest } = report;
    terminal.warn(json ? JSON.stringify({ error: rest }) : errorInWords(report, optionsOf(program)));
    return exitCode;
  }
}

function createProgram(context: CommandContext, json: boolean): Command {
  const { terminal } = context;
  const program = new Command('gatehouse')
    .description('Manage the people, the apps, the APIs and the keys of Gatehouse.')
    .option('--json', 'print one line of JSON, errors too')
    .addCommand(usersCommand(context))
    .addCommand(clientsCommand(context))
    .addCommand(servicesCommand(context))
    .addCommand(keysCommand(context))
    .addCommand(registrationCommand(context))
    .addHelpText(
      'after',
      `
The database and the issuer are those of the environment, or of the file .env.
Exit codes: 0 done, 1 failed, 2 wrong usage.

Examples:
  gatehouse users add --email anna@example.com --name "Anna Example"
  gatehouse clients add --kind web --name "Acme Orders" \\
    --redirect-uri https://orders.example.com/callback
  gatehouse clients list --json
  gatehouse services list`,
    );
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true, helpWidth: 80, minWidthToWrap: 30 })
      .configureOutput({
        writeOut: (text) => terminal.print(text.trimEnd()),
        writeErr: (text) => (json ? undefined : terminal.warn(text.trimEnd())),
        // Errors are printed by `runProgram`, all in one form.
        outputError: () => {},
      });
  }
  return program;
}

function optionsOf(program: Command): Set<string> {
  const options = withSubcommands(program).flatMap((command) => command.options);
  return new Set(options.flatMap(({ long }) => long ?? []));
}

/** A group was named without a command: commander has printed its help by now. */
function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.help';
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
