import { Command, Option } from 'commander';

import { clientKinds, signsPeopleIn } from '../domain/client-kinds.js';
import { settingsOf } from '../domain/client-settings.js';
import { RejectedError } from '../domain/faults.js';
import type { ClientRecord } from '../store/clients.js';
import type { ServiceRecord } from '../store/services.js';
import { addClientCommand } from './add-client.js';
import { clientView, describeClient } from './client-report.js';
import type { CommandContext } from './command-context.js';
import { duration } from './duration.js';
import { everyClient } from './every-client.js';
import { labelled, moment, table } from './layout.js';
import { serviceView } from './service-report.js';
import { storeName } from './store-name.js';

/** `gatehouse clients …`: the apps, services and APIs that get tokens. */
export function clientsCommand(context: CommandContext): Command {
  const clients = new Command('clients').description(
    'apps, services and APIs that sign people in or get tokens',
  );
  clients.addCommand(addClientCommand(context));
  clients.addCommand(listCommand(context));
  clients.addCommand(showCommand(context));
  clients.addCommand(removeCommand(context));
  clients.addCommand(rotateSecretCommand(context));
  return clients;
}

function listCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('list')
    .description('list all clients')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(Object.keys(clientKinds)))
    .option('--registered', 'only those that registered themselves')
    .addHelpText('after', '\nExamples:\n  gatehouse clients list\n  gatehouse clients list --kind spa --json')
    .action(async ({ kind, registered }: { kind?: string; registered?: true }, command: Command) => {
      const { all, store } = await withGatehouse(async ({ clients, config }) => ({
        all: await everyClient(clients),
        store: storeName(config.store.url),
      }));
      const found = all.filter(
        (client) =>
          (kind === undefined || client.kind === kind) && (!registered || client.registration !== undefined),
      );
      const none = `There are no clients yet in ${store}: see gatehouse clients add --help.`;
      report(command, {
        json: found.map(clientView),
        words: found.length === 0 ? none : clientTable(found, terminal.width),
      });
    });
}

function clientTable(clients: readonly ClientRecord[], width: number): string {
  return table(
    clients,
    [
      { title: 'CLIENT ID', value: (client) => client.id, whole: true },
      { title: 'KIND', value: (client) => client.kind, whole: true },
      ...(clients.some(({ registration }) => registration)
        ? [{ title: 'ADDED BY', value: addedBy, whole: true }]
        : []),
      { title: 'NAME', value: (client) => settingsOf(client).name },
      {
        title: 'REDIRECT URIS',
        value: (client) => (settingsOf(client).redirectUris ?? []).join(' '),
      },
    ],
    width,
  );
}

function addedBy({ registration }: ClientRecord): string {
  return registration ? 'itself' : 'operator';
}

function showCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('show')
    .description('show everything about a client but its secrets')
    .argument('<client-id>')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse clients show acme-orders\n  gatehouse clients show acme-orders --json',
    )
    .action(async (id: string, _options: object, command: Command) => {
      const { client, own } = await withGatehouse(async ({ clients, services }) => ({
        client: await clients.find(id),
        own: (await services.list()).filter(({ introspectedBy }) => introspectedBy.includes(id)),
      }));
      if (client === undefined) throw noSuchClient(id);
      report(command, {
        json: { ...clientView(client), ...(client.kind === 'api' && { services: own.map(serviceView) }) },
        words: describeClient(client, own),
      });
    });
}

function removeCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('remove')
    .description('remove a client with its tokens, grants and consents')
    .argument('<client-id>')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse clients remove acme-orders\n  gatehouse clients remove acme-orders --yes',
    )
    .action(async (id: string, { yes }: { yes?: boolean }, command: Command) => {
      const left = await withGatehouse(async ({ clients, services }) => {
        const client = await clients.find(id);
        if (client === undefined) throw noSuchClient(id);
        const question = `Remove ${id} (${settingsOf(client).name})? ${signsPeopleIn(client.kind) ? 'Its app can sign nobody in any more.' : 'Its program is let in no more.'}`;
        if (yes !== true) await terminal.confirm(question);
        const alone = ({ introspectedBy }: ServiceRecord) => introspectedBy.every((other) => other === id);
        const own = (await services.list()).filter(({ introspectedBy }) => introspectedBy.includes(id));
        await clients.remove(id);
        return own.filter(alone).map(({ resource }) => resource);
      });
      report(command, {
        json: {
          client_id: id,
          removed: true,
          ...(left.length > 0 && { services_without_client: left }),
        },
        words: [
          `Removed the client ${id}.`,
          ...left.map(
            (resource) =>
              `The service ${resource} stands: apps still get tokens for it.\nTo remove it: gatehouse services remove ${resource}`,
          ),
        ].join('\n\n'),
      });
    });
}

function rotateSecretCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('rotate-secret')
    .description('give a client a new secret beside the old one')
    .argument('<client-id>')
    .addOption(
      new Option(
        '--overlap <time>',
        'how long the old one works on: seconds, or 15m, 12h, 30d; 0 ends it now',
      )
        .argParser(duration)
        .default(86_400, '24h'),
    )
    .option('--yes', 'end the older one now, where two work already')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse clients rotate-secret acme-orders --overlap 7d\n  gatehouse clients rotate-secret acme-orders --overlap 0 --yes  # they leaked',
    )
    .action(
      async (id: string, { overlap, yes = false }: { overlap: number; yes?: boolean }, command: Command) => {
        const rotated = await withGatehouse(({ clients }) =>
          clients.rotateSecret(id, { overlapSeconds: overlap, endOlder: yes }),
        );
        const { secret, previousUntil } = rotated;
        const end = previousUntil === undefined ? 'ended now' : `works until ${moment(previousUntil)}`;
        report(command, {
          json: {
            client_id: id,
            client_secret: secret,
            ...(previousUntil !== undefined && {
              previous_expires_at: new Date(previousUntil).toISOString(),
            }),
          },
          words: [
            labelled([
              ['Client ID', id],
              ['Client secret', secret],
              ['Old secret', end],
            ]),
            'The new secret is shown this once: only its hash is kept.',
          ].join('\n\n'),
        });
      },
    );
}

function noSuchClient(id: string): RejectedError {
  return new RejectedError('not_found', `There is no client with the id ${id}.`);
}
