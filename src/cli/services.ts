import { Command, Option } from 'commander';

import type { Gatehouse } from '../compose.js';
import { signingAlgs } from '../domain/algorithms.js';
import { settingsOf } from '../domain/client-settings.js';
import { RejectedError } from '../domain/faults.js';
import { newScopes, withTypes } from '../domain/services.js';
import type { ServiceRecord } from '../store/services.js';
import { everyClient } from './every-client.js';
import { collect, type CommandContext } from './command-context.js';
import { parseDetailsType } from './parse-details-type.js';
import { parseScope } from './parse-scope.js';
import { describeService, serviceTable, serviceView } from './service-report.js';
import { UsageError } from './terminal.js';

/** `gatehouse services …`: the APIs that tokens are for. Each comes into being with its first client of the kind api. */
export function servicesCommand(context: CommandContext): Command {
  return new Command('services')
    .description('APIs that tokens are for, by their resource')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(updateCommand(context))
    .addCommand(removeCommand(context));
}

function listCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('list')
    .description('list all services')
    .addHelpText('after', '\nExamples:\n  gatehouse services list\n  gatehouse services list --json')
    .action(async (_options: object, command: Command) => {
      const found = await withGatehouse(({ services }) => services.list());
      const none = 'There are no services yet: gatehouse clients add --kind api --resource … makes one.';
      report(command, {
        json: found.map(serviceView),
        words: found.length === 0 ? none : serviceTable(found, terminal.width),
      });
    });
}

function showCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('show')
    .description('show a service, and which clients ask for its tokens')
    .argument('<resource>')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse services show https://api.example.com/orders\n  gatehouse services show https://api.example.com/orders --json',
    )
    .action(async (resource: string, _options: object, command: Command) => {
      const { service, usedBy } = await withGatehouse(async (gatehouse) => ({
        service: await findService(gatehouse, resource),
        usedBy: await usersOf(gatehouse, resource),
      }));
      report(command, {
        json: { ...serviceView(service), used_by: usedBy },
        words: describeService(service, usedBy),
      });
    });
}

interface UpdateOptions {
  name?: string;
  format?: 'jwt' | 'opaque';
  tokenAlg?: string;
  scope?: string[];
  detailsType?: string[];
  removeDetailsType?: string[];
}

function updateCommand({ withGatehouse, report }: CommandContext): Command {
  return new Command('update')
    .description('change a service for every app that uses it; tokens that are out stay as they are')
    .argument('<resource>')
    .option('--name <name>', 'what people read on the consent page')
    .addOption(new Option('--format <format>', 'format of new tokens').choices(['jwt', 'opaque']))
    .addOption(new Option('--token-alg <alg>', 'signs new tokens').choices(signingAlgs))
    .option('--scope <name=words>', 'a new scope, or other words for one (repeatable)', collect)
    .option(
      '--details-type <json>',
      'a type of authorization details, new or declared otherwise, as JSON or @file (repeatable)',
      collect,
    )
    .option('--remove-details-type <type>', 'a type that nobody can ask for any more (repeatable)', collect)
    .addHelpText(
      'after',
      `
Examples:
  gatehouse services update https://api.example.com/orders --format opaque
  gatehouse services update https://api.example.com/orders \\
    --scope "orders:read=See what you ordered"`,
    )
    .action(async (resource: string, options: UpdateOptions, command: Command) => {
      const { name, format, tokenAlg, scope, detailsType, removeDetailsType } = options;
      const changes = [name, format, tokenAlg, scope, detailsType, removeDetailsType];
      if (changes.every((option) => option === undefined))
        throw new UsageError(
          'Say what to change: --name, --format, --token-alg, --scope, --details-type or --remove-details-type.',
        );
      const given = scope?.map(parseScope);
      const types = detailsType?.map(parseDetailsType) ?? [];
      const service = await withGatehouse(async (gatehouse) => {
        const before = await findService(gatehouse, resource);
        const reworded = before.scopes.map(
          (known) => given?.find(({ name }) => name === known.name) ?? known,
        );
        return gatehouse.services.update(resource, {
          ...(name !== undefined && { name }),
          ...(format !== undefined && { tokenFormat: format }),
          ...(tokenAlg !== undefined && { tokenAlg }),
          ...(given !== undefined && { scopes: [...reworded, ...newScopes(before, given)] }),
          ...((detailsType ?? removeDetailsType) && {
            detailsTypes: withTypes(before, types).filter(({ type }) => !removeDetailsType?.includes(type)),
          }),
        });
      });
      report(command, {
        json: serviceView(service),
        words: `Changed the service.\n\n${describeService(service)}`,
      });
    });
}

function removeCommand({ withGatehouse, report, terminal }: CommandContext): Command {
  return new Command('remove')
    .description('remove a service: no more tokens for it; those that are out run out')
    .argument('<resource>')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  gatehouse services remove https://api.example.com/orders\n  gatehouse services remove https://api.example.com/orders --yes',
    )
    .action(async (resource: string, { yes }: { yes?: boolean }, command: Command) => {
      await withGatehouse(async (gatehouse) => {
        const { name } = await findService(gatehouse, resource);
        const usedBy = await usersOf(gatehouse, resource);
        const loss = usedBy.length === 0 ? '' : ` ${usedBy.join(', ')} can get no more tokens for it.`;
        if (yes !== true) await terminal.confirm(`Remove ${resource} (${name})?${loss}`);
        await gatehouse.services.remove(resource);
      });
      report(command, { json: { resource, removed: true }, words: `Removed the service ${resource}.` });
    });
}

async function findService({ services }: Gatehouse, resource: string): Promise<ServiceRecord> {
  const service = await services.find(resource);
  if (service === undefined)
    throw new RejectedError(
      'not_found',
      `There is no service with the resource ${resource}: see gatehouse services list.`,
    );
  return service;
}

/** Ids of the clients that may ask tokens for it. */
async function usersOf({ clients }: Gatehouse, resource: string): Promise<string[]> {
  const all = await everyClient(clients);
  return all
    .filter((client) => {
      const { resources = [], tokenExchange, assertionIssuers = [] } = settingsOf(client);
      const asserted = assertionIssuers.flatMap((issuer) => issuer.resources);
      return [...resources, ...(tokenExchange?.targets ?? []), ...asserted].includes(resource);
    })
    .map(({ id }) => id);
}
