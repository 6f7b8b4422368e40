import type { Command } from 'commander';

import type { ExchangePolicy } from '../domain/token-exchange.js';
import { collect } from './command-context.js';
import { UsageError } from './terminal.js';

export interface ExchangeOptions {
  exchangeOf?: string[] | undefined;
  exchangeAs?: string[] | undefined;
  exchangeFor?: string[] | undefined;
  exchangeScope?: string[] | undefined;
  impersonate?: boolean | undefined;
}

/** Options that say what a client may get tokens for people by: other tokens (RFC 8693), or assertions (RFC 7523 2.1). */
export function withExchangeOptions(command: Command): Command {
  return command
    .option('--exchange-of <client-id>', 'app whose tokens it may exchange (repeatable)', collect)
    .option('--exchange-as <uri>', 'service that it is: it may exchange tokens for it (repeatable)', collect)
    .option('--exchange-for <uri>', 'service that it may get tokens for in exchange (repeatable)', collect)
    .option(
      '--exchange-scope <scope>',
      'limit it to these scopes of the services that it gets tokens for (repeatable)',
      collect,
    )
    .option('--impersonate', 'let it exchange without an actor token: nothing says that it acts')
    .option(
      '--assertion-issuer <@file>',
      'issuer whose assertions it may bring for a token, as JSON (repeatable)',
      collect,
    )
    .option('--may-act <client-id>', 'the one client that may exchange the tokens of this one');
}

/** The policy that the options make, if they make one. */
export function exchangePolicy(options: ExchangeOptions): ExchangePolicy | undefined {
  const { exchangeOf, exchangeAs, exchangeFor, exchangeScope, impersonate } = options;
  if (Object.values(options).every((option) => option === undefined)) return undefined;
  if (exchangeFor === undefined)
    throw new UsageError('--exchange-for is missing: which service is it to get tokens for?');
  return {
    ...(exchangeOf && { clients: exchangeOf }),
    ...(exchangeAs && { audiences: exchangeAs }),
    targets: exchangeFor,
    ...(exchangeScope && { scopes: exchangeScope }),
    ...(impersonate && { impersonation: true }),
  };
}
