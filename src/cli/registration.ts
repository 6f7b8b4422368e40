import { Command, InvalidArgumentError, Option } from 'commander';

import { RejectedError } from '../domain/faults.js';
import type { InitialAccessTokenRecord } from '../store/initial-access-tokens.js';
import type { CommandContext } from './command-context.js';
import { duration } from './duration.js';
import { labelled, moment, table } from './layout.js';

/** `gatehouse registration tokens …`: who may register clients without the operator. */
export function registrationCommand(context: CommandContext): Command {
  const tokens = new Command('tokens').description('initial access tokens, for REGISTRATION=token');
  tokens.addCommand(addCommand(context));
  tokens.addCommand(listCommand(context));
  tokens.addCommand(removeCommand(context));
  return new Command('registration')
    .description('apps that register themselves (RFC 7591)')
    .addCommand(tokens);
}

interface AddOptions {
  name: string;
  registrations: number;
  expires: number;
}

function addCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('add')
    .description('make a token with which so many apps can register themselves')
    .requiredOption('--name <name>', 'whom it is for')
    .addOption(
      new Option('--registrations <number>', 'how many apps can register with it')
        .argParser(wholeNumber)
        .default(1),
    )
    .addOption(
      new Option('--expires <time>', 'how long it can be used: seconds, or 15m, 12h, 30d')
        .argParser(duration)
        .default(7 * 86_400, '7d'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse registration tokens add --name "Acme, orders team"\n  gatehouse registration tokens add --name "Test lab" --registrations 500 --expires 90d',
    )
    .action(async ({ name, registrations, expires }: AddOptions, command: Command) => {
      const { token, record, mode } = await withGatehouse(async ({ initialAccessTokens, config }) => ({
        ...(await initialAccessTokens.add({ name, quota: registrations, seconds: expires })),
        mode: config.registration.mode,
      }));
      report(command, {
        json: { ...tokenView(record), token },
        words: [
          labelled([
            ['Token', token],
            ['Id', record.id],
            ['For', record.name],
            ['Registrations', String(record.quota)],
            ['Until', moment(record.expiresAt)],
          ]),
          'The token is shown this once: only its hash is kept.',
          ...(mode === 'token' ? [] : [`Note: REGISTRATION is ${mode}. Tokens count once it is "token".`]),
        ].join('\n\n'),
      });
    });
}

function listCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('list')
    .description('list the tokens that are not over')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse registration tokens list\n  gatehouse registration tokens list --json',
    )
    .action(async (_options: object, command: Command) => {
      const all = await withGatehouse(({ initialAccessTokens }) => initialAccessTokens.list());
      const columns = [
        { title: 'ID', value: ({ id }: InitialAccessTokenRecord) => id, whole: true },
        { title: 'FOR', value: ({ name }: InitialAccessTokenRecord) => name },
        {
          title: 'LEFT',
          value: ({ left, quota }: InitialAccessTokenRecord) => `${left} of ${quota}`,
          whole: true,
        },
        {
          title: 'UNTIL',
          value: ({ expiresAt }: InitialAccessTokenRecord) => moment(expiresAt) ?? '',
          whole: true,
        },
      ];
      report(command, {
        json: all.map(tokenView),
        words:
          all.length === 0
            ? 'There are no initial access tokens: see gatehouse registration tokens add --help.'
            : table(all, columns, terminal.width),
      });
    });
}

function removeCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('remove')
    .description('remove a token; the apps that registered with it stay')
    .argument('<id>')
    .addHelpText('after', '\nExample:\n  gatehouse registration tokens remove 5f0c2a9b')
    .action(async (id: string, _options: object, command: Command) => {
      const removed = await withGatehouse(({ initialAccessTokens }) => initialAccessTokens.remove(id));
      if (!removed)
        throw new RejectedError('not_found', `There is no initial access token with the id ${id}.`);
      report(command, { json: { id, removed: true }, words: `Removed the initial access token ${id}.` });
    });
}

function tokenView({ id, name, quota, left, createdAt, expiresAt }: InitialAccessTokenRecord) {
  return {
    id,
    name,
    registrations: quota,
    registrations_left: left,
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
