import { Command } from 'commander';

import type { Gatehouse } from '../compose.js';
import { RejectedError } from '../domain/faults.js';
import type { UserRecord } from '../store/users.js';
import { addUserCommand } from './add-user.js';
import type { CommandContext } from './command-context.js';
import { generatePassword } from './generated-password.js';
import { labelled } from './layout.js';
import { storeName } from './store-name.js';
import { UsageError } from './terminal.js';
import { describeUser, loginOf, userTable, userView } from './user-report.js';

/** `gatehouse users …`: the people who sign in. A user is named by id, username or email. */
export function usersCommand(context: CommandContext): Command {
  return new Command('users')
    .description('people who sign in')
    .addCommand(addUserCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(disableCommand(context))
    .addCommand(enableCommand(context))
    .addCommand(setPasswordCommand(context))
    .addCommand(removeCommand(context));
}

function listCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('list')
    .description('list users')
    .option('--search <start>', 'only those whose username or email starts like this')
    .addHelpText('after', '\nExamples:\n  gatehouse users list\n  gatehouse users list --search anna --json')
    .action(async ({ search }: { search?: string }, command: Command) => {
      const found: UserRecord[] = [];
      const store = await withGatehouse(async ({ users, config }) => {
        let after: string | undefined;
        do {
          const page = await users.list({
            limit: 200,
            ...(after !== undefined && { after }),
            ...(search !== undefined && { search }),
          });
          found.push(...page.users);
          after = page.next;
        } while (after !== undefined);
        return storeName(config.store.url);
      });
      const nobody =
        search === undefined
          ? `There are no users yet in ${store}: see gatehouse users add --help.`
          : `Nobody in ${store}.`;
      report(command, {
        json: found.map(userView),
        words: found.length === 0 ? nobody : userTable(found, terminal.width),
      });
    });
}

function showCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('show')
    .description('show everything about a user but the password')
    .argument('<user>', 'id, username or email')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse users show anna@example.com\n  gatehouse users show anna --json',
    )
    .action(async (name: string, _options: object, command: Command) => {
      const user = await withGatehouse((gatehouse) => findUser(gatehouse, name));
      report(command, { json: userView(user), words: describeUser(user) });
    });
}

function disableCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('disable')
    .description('let a user sign in no more; sessions and tokens end')
    .argument('<user>', 'id, username or email')
    .addHelpText('after', '\nExamples:\n  gatehouse users disable anna@example.com')
    .action(async (name: string, _options: object, command: Command) => {
      const user = await withGatehouse(async (gatehouse) =>
        gatehouse.users.disable((await findUser(gatehouse, name)).id),
      );
      report(command, {
        json: userView(user),
        words: `Disabled ${loginOf(user)}.\n${ended}`,
      });
    });
}

function enableCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('enable')
    .description('let a disabled user sign in again')
    .argument('<user>', 'id, username or email')
    .addHelpText('after', '\nExamples:\n  gatehouse users enable anna@example.com')
    .action(async (name: string, _options: object, command: Command) => {
      const user = await withGatehouse(async (gatehouse) =>
        gatehouse.users.enable((await findUser(gatehouse, name)).id),
      );
      report(command, { json: userView(user), words: `Enabled ${loginOf(user)}.` });
    });
}

function setPasswordCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('set-password')
    .description('set a password; sessions and tokens of the user end')
    .argument('<user>', 'id, username or email')
    .option('--password-stdin', 'read it from standard input instead of asking for it')
    .option('--generate', 'make one, and print it once')
    .addHelpText(
      'after',
      `
Examples:
  gatehouse users set-password anna@example.com
  gatehouse users set-password anna@example.com --generate
  pass show anna | gatehouse users set-password anna@example.com --password-stdin`,
    )
    .action(
      async (name: string, options: { passwordStdin?: boolean; generate?: boolean }, command: Command) => {
        if (options.passwordStdin && options.generate) {
          throw new UsageError('Give --password-stdin or --generate, not both.');
        }
        await withGatehouse(async (gatehouse) => {
          const { id } = await findUser(gatehouse, name);
          const generated = options.generate ? generatePassword() : undefined;
          const given = () =>
            options.passwordStdin ? terminal.readStandardInput() : terminal.askPassword('New password');
          const user = await gatehouse.users.setPassword(id, generated ?? (await given()));
          report(command, {
            json: { ...userView(user), ...(generated !== undefined && { password: generated }) },
            words: [
              `Set the password of ${loginOf(user)}.\n${ended}`,
              ...(generated === undefined
                ? []
                : [`${labelled([['Password', generated]])}\n\nIt is shown this once.`]),
            ].join('\n\n'),
          });
        });
      },
    );
}

function removeCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('remove')
    .description('remove a user with sessions, tokens and consents')
    .argument('<user>', 'id, username or email')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse users remove anna@example.com\n  gatehouse users remove anna --yes',
    )
    .action(async (name: string, { yes }: { yes?: boolean }, command: Command) => {
      await withGatehouse(async (gatehouse) => {
        const user = await findUser(gatehouse, name);
        const question = `Remove ${loginOf(user)} for good?`;
        if (yes !== true) await terminal.confirm(question);
        await gatehouse.users.remove(user.id);
        report(command, { json: { id: user.id, removed: true }, words: `Removed ${loginOf(user)}.` });
      });
    });
}

/** JWT access tokens are not in the store: the APIs that check them by signature find out when they expire. */
const ended = 'Sessions, refresh tokens and opaque tokens have ended.';

async function findUser({ users, config }: Gatehouse, name: string): Promise<UserRecord> {
  const user = (await users.find(name)) ?? (await users.findByLogin(name));
  if (user === undefined) {
    throw new RejectedError('not_found', `There is no user ${name} in ${storeName(config.store.url)}.`);
  }
  return user;
}
