import { Command } from 'commander';

import type { NewUser } from '../domain/users.js';
import { collect, type CommandContext } from './command-context.js';
import { generatePassword } from './generated-password.js';
import { labelled } from './layout.js';
import { UsageError } from './terminal.js';
import { loginOf, userView } from './user-report.js';

interface AddOptions {
  email?: string;
  emailVerified?: boolean;
  username?: string;
  name?: string;
  claim?: string[];
  role?: string[];
  askPassword?: boolean;
  passwordStdin?: boolean;
}

const examples = `
Examples:
  gatehouse users add --email anna@example.com --name "Anna Example"
  gatehouse users add --username anna --ask-password \\
    --claim given_name=Anna --claim locale=de-CH --claim address.locality=Bern
  pass show anna | gatehouse users add --email anna@example.com --password-stdin
  gatehouse users add --email ops@example.com --role administrator`;

/** `gatehouse users add`: a password is asked for, read or made, and never an argument, which others could see. */
export function addUserCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('add')
    .description('add a user; without a password of yours one is made and printed once')
    .option('--email <address>', 'sign-in name; an email or a username is needed')
    .option('--email-verified', 'the address is known to be theirs')
    .option('--username <name>', 'sign-in name')
    .option('--name <name>', 'full name')
    .option('--claim <name=value>', 'any other standard claim, address.locality too (repeatable)', collect)
    .option('--role <role>', 'right on Gatehouse itself: administrator (repeatable)', collect)
    .option('--ask-password', 'ask for the password')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText('after', examples)
    .action(async (options: AddOptions, command: Command) => {
      const { askPassword, passwordStdin, email, emailVerified, username, role } = options;
      if (askPassword && passwordStdin)
        throw new UsageError('Give --ask-password or --password-stdin, not both.');
      const profile = profileFrom(options);
      const generated = askPassword || passwordStdin ? undefined : generatePassword();
      const given = () => (passwordStdin ? terminal.readStandardInput() : terminal.askPassword('Password'));
      const newUser: NewUser = {
        ...(email !== undefined && { email }),
        ...(username !== undefined && { username }),
        ...(emailVerified && { emailVerified }),
        ...(role && { roles: role }),
        profile,
        password: generated ?? (await given()),
      };
      const user = await withGatehouse(({ users }) => users.add(newUser));
      report(command, {
        json: { ...userView(user), ...(generated !== undefined && { password: generated }) },
        words: [
          `Added ${loginOf(user)}.`,
          labelled([
            ['ID', user.id],
            ['Username', user.username],
            ['Email', user.email],
            ['Password', generated],
          ]),
          ...(generated === undefined ? [] : ['The password is shown this once: only its hash is kept.']),
        ].join('\n\n'),
      });
    });
}

/** `--claim given_name=Anna --claim address.locality=Bern`; which claims there are, the domain knows. */
function profileFrom({ name, claim = [] }: AddOptions): NonNullable<NewUser['profile']> {
  const profile: Record<string, unknown> = name === undefined ? {} : { name };
  const address: Record<string, string> = {};
  for (const text of claim) {
    const [, claimName, value] = /^([\w.]+)=(.+)$/s.exec(text) ?? [];
    if (claimName === undefined || value === undefined) {
      throw new UsageError(`--claim is written name=value, as in given_name=Anna; "${text}" is not.`);
    }
    if (claimName.startsWith('address.')) address[claimName.slice('address.'.length)] = value;
    else profile[claimName] = claimName === 'phone_number_verified' ? value === 'true' : value;
  }
  if (Object.keys(address).length > 0) profile['address'] = address;
  return profile as NonNullable<NewUser['profile']>;
}
