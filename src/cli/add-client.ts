import { Command, Option } from 'commander';

import { signingAlgs } from '../domain/algorithms.js';
import { clientKinds } from '../domain/client-kinds.js';
import { authMethods } from '../domain/client-settings.js';
import type { NewClient } from '../domain/clients.js';
import { appEnvironment, clientView, discoveryUrl, introduceClient } from './client-report.js';
import { collect, type CommandContext } from './command-context.js';
import { exchangePolicy, withExchangeOptions, type ExchangeOptions } from './exchange-options.js';
import { parseAssertionIssuer } from './parse-assertion-issuer.js';
import { parseDetailsType } from './parse-details-type.js';
import { parseMetadata } from './parse-metadata.js';
import { parseScope } from './parse-scope.js';
import { UsageError } from './terminal.js';

/** As commander hands them over: options that can be repeated are named in the singular. */
interface AddOptions
  extends
    Omit<
      NewClient,
      | 'service'
      | 'scope'
      | 'refreshTokenWithoutOfflineAccess'
      | 'metadata'
      | 'tokenExchange'
      | 'assertionIssuers'
    >,
    ExchangeOptions {
  redirectUri?: string[];
  postLogoutRedirectUri?: string[];
  contact?: string[];
  openidScope?: string[];
  alwaysRefreshToken?: boolean;
  pkce: boolean;
  resource?: string[];
  scope?: string[];
  detailsType?: string[];
  format?: 'jwt' | 'opaque';
  tokenAlg?: string;
  metadata?: string[];
  assertionIssuer?: string[];
}

const kinds = Object.entries(clientKinds).map(
  ([kind, { description }]) => `  ${kind.padEnd(8)} ${description}`,
);

const kindsAndExamples = `
Kinds:
${kinds.join('\n')}

Examples:
  gatehouse clients add --kind web --name "Acme Orders" \\
    --redirect-uri https://orders.example.com/callback
  gatehouse clients add --kind spa --name "Acme Board" \\
    --redirect-uri http://localhost:5173/ --resource https://api.example.com/orders
  gatehouse clients add --kind native --name "Acme App" \\
    --redirect-uri com.example.acme:/callback --redirect-uri http://127.0.0.1/cb
  gatehouse clients add --kind device --name "Acme TV"
  gatehouse clients add --kind service --name "Nightly report" \\
    --resource https://api.example.com/orders
  gatehouse clients add --kind api --name "Orders API" \\
    --resource https://api.example.com/orders --scope "orders:read=See your orders"
  gatehouse clients add --kind api --name "Orders API" \\
    --resource https://api.example.com/orders \\
    --exchange-as https://api.example.com/orders \\
    --exchange-for https://api.example.com/stock --impersonate
  gatehouse clients add --kind web --name "Acme Bank" --profile fapi2 \\
    --auth-method private_key_jwt --metadata jwks=@acme-keys.json \\
    --redirect-uri https://bank.example.com/callback`;

/** `gatehouse clients add`: one option for each thing that can be said about a client. */
export function addClientCommand({ withGatehouse, report }: CommandContext): Command {
  const add = new Command('add')
    .description('add a client, and print what to paste into it')
    .addOption(
      new Option('--kind <kind>', 'what it is, see below')
        .choices(Object.keys(clientKinds))
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'what people read when they sign in')
    .option('--id <id>', 'client id; made from the name unless given')
    .option('--redirect-uri <uri>', 'where people come back signed in (repeatable)', collect)
    .option('--post-logout-redirect-uri <uri>', 'where people come back signed out (repeatable)', collect)
    .option('--backchannel-logout-uri <uri>', 'where the app is told that someone signed out')
    .option('--initiate-login-uri <uri>', 'where sign-in can be started from elsewhere')
    .option('--client-uri <uri>', 'home page of the app')
    .option('--logo-uri <uri>', 'its logo, on the sign-in and consent pages')
    .option('--policy-uri <uri>', 'its privacy policy')
    .option('--tos-uri <uri>', 'its terms of service')
    .option('--contact <email>', 'someone who runs it (repeatable)', collect)
    .option('--openid-scope <scope>', 'limit it to these OpenID scopes (repeatable)', collect)
    .option(
      '--resource <uri>',
      'service it may ask tokens for (repeatable); kind api: the one that it is',
      collect,
    )
    .option('--default-resource <uri>', 'the one that is meant where the app cannot say, RFC 8707')
    .option('--scope <name=words>', 'kind api: a scope, and what it allows in words (repeatable)', collect)
    .option(
      '--details-type <json>',
      'kind api: a type of authorization details (RFC 9396), as JSON or @file (repeatable)',
      collect,
    )
    .addOption(new Option('--format <format>', 'kind api: format of its tokens').choices(['jwt', 'opaque']))
    .addOption(new Option('--token-alg <alg>', 'kind api: signs its tokens').choices(signingAlgs))
    .option('--confidential', 'kinds native and device: give it a secret')
    .option('--first-party', 'one of your own: no consent page')
    .option('--no-pkce', 'do not demand PKCE, for an app with a secret that cannot do it')
    .addOption(
      new Option(
        '--auth-method <method>',
        'accept this one alone; client_secret_basic and _post unless given',
      ).choices(authMethods),
    )
    .addOption(new Option('--profile <profile>', 'hold it to FAPI 2.0').choices(['fapi2']))
    .option(
      '--metadata <name=value>',
      'any other client metadata of RFC 7591; the value as JSON, as text or as @file (repeatable)',
      collect,
    )
    .option('--always-refresh-token', 'give refresh tokens without being asked for offline_access')
    .option('--introspect-all', 'let it introspect every token');
  return withExchangeOptions(add)
    .addHelpText('after', kindsAndExamples)
    .action(async (options: AddOptions, command: Command) => {
      const client = newClient(options);
      await withGatehouse(async ({ clients, config }) => {
        const added = await clients.add(client);
        const resource = client.service?.resource;
        report(command, {
          json: {
            ...clientView(added.client),
            ...(added.secret !== undefined && { client_secret: added.secret }),
            issuer: config.issuer,
            discovery: discoveryUrl(config),
            environment: appEnvironment(config, added.client, added.secret, resource),
            notes: added.notes,
          },
          words: introduceClient(config, added, resource),
        });
      });
    });
}

/** Turns options into settings; a UsageError where they don't fit the kind. */
function newClient(options: AddOptions): NewClient {
  const {
    pkce,
    openidScope,
    alwaysRefreshToken,
    resource = [],
    scope = [],
    detailsType = [],
    format,
    tokenAlg,
    exchangeOf,
    exchangeAs,
    exchangeFor,
    exchangeScope,
    impersonate,
    ...rest
  } = options;
  const tokenExchange = exchangePolicy({ exchangeOf, exchangeAs, exchangeFor, exchangeScope, impersonate });
  const { redirectUri, postLogoutRedirectUri, contact, metadata, assertionIssuer, ...settings } = rest;
  const client: NewClient = {
    ...settings,
    ...(redirectUri && { redirectUris: redirectUri }),
    ...(postLogoutRedirectUri && { postLogoutRedirectUris: postLogoutRedirectUri }),
    ...(contact && { contacts: contact }),
    ...(metadata && { metadata: parseMetadata(metadata) }),
    ...(openidScope && { scope: openidScope.join(' ') }),
    ...(alwaysRefreshToken && { refreshTokenWithoutOfflineAccess: true }),
    ...(!pkce && { requirePkce: false }),
    ...(tokenExchange && { tokenExchange }),
    ...(assertionIssuer && { assertionIssuers: assertionIssuer.map(parseAssertionIssuer) }),
  };
  const describesApi =
    scope.length > 0 || detailsType.length > 0 || format !== undefined || tokenAlg !== undefined;
  if (options.kind !== 'api') {
    if (describesApi)
      throw new UsageError('--scope, --details-type, --format and --token-alg are for the kind api.');
    return resource.length > 0 ? { ...client, resources: resource } : client;
  }
  const [own, ...others] = resource;
  if (own === undefined && describesApi) {
    throw new UsageError(
      '--scope, --details-type, --format and --token-alg describe the API that --resource names.',
    );
  }
  if (others.length > 0)
    throw new UsageError('A client of the kind api is one service: give --resource once.');
  if (own === undefined) return client;
  return {
    ...client,
    service: {
      resource: own,
      ...(scope.length > 0 && { scopes: scope.map(parseScope) }),
      ...(detailsType.length > 0 && { detailsTypes: detailsType.map(parseDetailsType) }),
      ...(format && { tokenFormat: format }),
      ...(tokenAlg && { tokenAlg }),
    },
  };
}
