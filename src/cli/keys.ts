import { Command, Option } from 'commander';

import { RejectedError } from '../domain/faults.js';
import { SHORTEST_LEAD, USUAL_LEAD } from '../domain/keys.js';
import { keyAlgs, type KeyAlg } from '../domain/new-key.js';
import type { CommandContext } from './command-context.js';
import { duration } from './duration.js';
import { describeRotation, keyTable, keyView } from './key-report.js';
import { UsageError } from './terminal.js';

/** `gatehouse keys …`: what the server signs with, and what others encrypt for it with. */
export function keysCommand(context: CommandContext): Command {
  return new Command('keys')
    .description('keys that sign tokens, and keys that requests are encrypted with')
    .addCommand(listCommand(context))
    .addCommand(rotateCommand(context))
    .addCommand(removeCommand(context));
}

function listCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('list')
    .description('list all keys, and what each is for at this moment')
    .addHelpText('after', '\nExamples:\n  gatehouse keys list\n  gatehouse keys list --json')
    .action(async (_options: object, command: Command) => {
      const keys = await withGatehouse((gatehouse) => gatehouse.keys.list());
      report(command, { json: keys.map(keyView), words: keyTable(keys, terminal.width) });
    });
}

interface RotateOptions {
  alg?: readonly KeyAlg[];
  all?: true;
  lead: number;
  now?: true;
}

function rotateCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('rotate')
    .description('make new keys, which take over without a restart while the old ones are still accepted')
    .addOption(
      new Option('--alg <alg>', 'of this algorithm (repeatable)').argParser(
        (alg: string, previous: readonly KeyAlg[] = []) => [...previous, knownAlg(alg)],
      ),
    )
    .addOption(new Option('--all', 'of every algorithm').conflicts('alg'))
    .addOption(
      new Option('--lead <time>', 'how long they are published before they are used: seconds, or 15m, 12h')
        .argParser(duration)
        .default(USUAL_LEAD / 1000, '10m'),
    )
    .addOption(
      new Option(
        '--now',
        `use them as soon as every process has them, in ${SHORTEST_LEAD / 1000} seconds`,
      ).conflicts('lead'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse keys rotate --all\n  gatehouse keys rotate --alg RS256 --alg ES256 --lead 24h\n  gatehouse keys rotate --alg RS256 --now',
    )
    .action(async ({ alg, all, lead, now }: RotateOptions, command: Command) => {
      if (alg === undefined && all !== true) throw new UsageError('Say which keys: --alg or --all.');
      const algs = all === true ? keyAlgs : [...new Set(alg)];
      const { rotated, at } = await withGatehouse(async ({ keys, clock }) => ({
        rotated: await keys.rotate(algs, now === true ? 0 : lead * 1000),
        at: clock(),
      }));
      report(command, {
        json: rotated.map(({ key, made }) => ({ ...keyView(key), made })),
        words: describeRotation(rotated, at),
      });
    });
}

function knownAlg(alg: string): KeyAlg {
  const known = keyAlgs.find((each) => each === alg);
  if (known === undefined) throw new UsageError(`--alg ${alg}: must be one of ${keyAlgs.join(', ')}.`);
  return known;
}

function removeCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('remove')
    .description('remove a key that was stolen: what it has signed is refused from now on')
    .argument('<key-id>')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse keys remove 5f0c2a9be1d47c36\n  gatehouse keys remove 5f0c2a9be1d47c36 --yes\n  gatehouse keys remove --yes -- -xFm-ZaIGHl0gpbm  # an id that starts with a dash',
    )
    .action(async (kid: string, { yes }: { yes?: boolean }, command: Command) => {
      const removed = await withGatehouse(async ({ keys }) => {
        const key = (await keys.list()).find((each) => each.kid === kid);
        if (key === undefined)
          throw new RejectedError(
            'not_found',
            `There is no key with the id ${kid}: see gatehouse keys list.`,
          );
        const question = `Remove ${kid} (${key.alg}, ${key.state})? Tokens that it has signed are refused, and apps sign people in again.`;
        if (yes !== true) await terminal.confirm(question);
        return keys.remove(kid);
      });
      report(command, {
        json: { kid, alg: removed.alg, removed: true },
        words: `Removed the key ${kid} (${removed.alg}). Every process forgets it within seconds.`,
      });
    });
}
