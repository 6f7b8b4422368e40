import type { Config } from '../config.js';
import { clientKinds, isConfidential, signsPeopleIn, takesPeopleBack } from '../domain/client-kinds.js';
import { settingsOf, type ClientSettings } from '../domain/client-settings.js';
import type { AddedClient } from '../domain/clients.js';
import type { ClientRecord, ClientRegistration } from '../store/clients.js';
import type { ServiceRecord } from '../store/services.js';
import { labelled, moment, wrap } from './layout.js';
import { scopesAndFormat } from './service-report.js';

/** A client as `--json` shows it: metadata by the names of RFC 7591; secrets without their hashes. */
export function clientView(client: ClientRecord): Record<string, unknown> {
  return {
    client_id: client.id,
    kind: client.kind,
    ...client.metadata,
    secrets: client.secrets.map(({ id, createdAt, expiresAt }) => ({
      id,
      created_at: new Date(createdAt).toISOString(),
      ...(expiresAt !== undefined && { expires_at: new Date(expiresAt).toISOString() }),
    })),
    ...(client.registration && {
      registered_itself: true,
      initial_access_token: client.registration.initialAccessToken,
    }),
    ...(client.keptUntil !== undefined && { kept_until: new Date(client.keptUntil).toISOString() }),
    created_at: new Date(client.createdAt).toISOString(),
    updated_at: new Date(client.updatedAt).toISOString(),
  };
}

/** Everything about a client, in words; `own` are the services whose tokens it may introspect. */
export function describeClient(client: ClientRecord, own: readonly ServiceRecord[] = []): string {
  const { description } = clientKinds[client.kind];
  const settings = settingsOf(client);
  const forPeople = (words: string) => (signsPeopleIn(client.kind) ? words : undefined);
  return labelled([
    ['Client ID', client.id],
    ['Name', settings.name],
    ['Kind', `${client.kind}: ${description}`],
    ...listed('Redirect URI', settings.redirectUris),
    ...listed('After sign-out', settings.postLogoutRedirectUris),
    ['Back-channel logout', settings.backchannelLogoutUri],
    ['Home page', settings.clientUri],
    ['Logo', settings.logoUri],
    ['Privacy policy', settings.policyUri],
    ['Terms of service', settings.tosUri],
    ['Sign-in starts at', settings.initiateLoginUri],
    ...listed('Contact', settings.contacts),
    ['Grant types', (client.metadata['grant_types'] as string[]).join(', ')],
    ['OpenID scopes', settings.scope],
    ...listed('Resource', settings.resources),
    ['Default resource', settings.defaultResource],
    ...own.flatMap((service) => [['Is the API', service.resource] as const, ...scopesAndFormat(service)]),
    ['Authentication', authentication(client, settings.authMethod)],
    ['PKCE', takesPeopleBack(client.kind) ? pkce(settings.requirePkce) : undefined],
    ['Profile', settings.profile === 'fapi2' ? 'FAPI 2.0 Security Profile' : undefined],
    ...Object.entries(settings.metadata ?? {}).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    ),
    ['Consent page', forPeople(settings.firstParty === true ? 'no' : 'yes')],
    [
      'Refresh token',
      settings.refreshTokenWithoutOfflineAccess === true ? 'without offline_access too' : undefined,
    ],
    ['Introspection', settings.introspectAll === true ? 'of every token' : undefined],
    ...exchanges(settings.tokenExchange),
    ['May act', settings.mayAct],
    ...(settings.assertionIssuers ?? []).flatMap(({ issuer, resources }) => [
      ['Brings assertions of', issuer] as const,
      ...listed('Gets tokens for', resources),
    ]),
    ...listed('Secret', client.secrets.map(describeSecret)),
    ['Registered', client.registration && origin(client.registration)],
    [
      'Kept until',
      client.keptUntil === undefined ? undefined : `${moment(client.keptUntil)}, unless it is used`,
    ],
    ['Added', moment(client.createdAt)],
    ['Changed', moment(client.updatedAt)],
  ]);
}

/** What to paste into the app, by name of the environment variable. */
export function appEnvironment(
  config: Config,
  client: ClientRecord,
  secret: string | undefined,
  resource?: string,
): Record<string, string> {
  const [redirectUri] = settingsOf(client).redirectUris ?? [];
  return {
    OIDC_ISSUER: config.issuer,
    OIDC_CLIENT_ID: client.id,
    ...(secret !== undefined && { OIDC_CLIENT_SECRET: secret }),
    ...(redirectUri !== undefined && { OIDC_REDIRECT_URI: redirectUri }),
    ...(resource !== undefined && { OIDC_AUDIENCE: resource }),
  };
}

export function discoveryUrl(config: Config): string {
  return `${config.issuer}/.well-known/openid-configuration`;
}

/** The answer to `clients add`: what the app needs to know, the secret for the only time. */
export function introduceClient(
  config: Config,
  { client, secret, notes }: AddedClient,
  resource?: string,
): string {
  const environment = appEnvironment(config, client, secret, resource);
  return [
    `Added the client ${client.id}: ${clientKinds[client.kind].description}.`,
    labelled([
      ['Issuer', config.issuer],
      ['Discovery', discoveryUrl(config)],
      ['Client ID', client.id],
      ['Client secret', secret],
      ...listed('Redirect URI', settingsOf(client).redirectUris),
      ['Audience', resource],
    ]),
    ...(secret === undefined ? [] : ['The secret is shown this once: only its hash is kept.']),
    'For the environment of the app:',
    environmentBlock(environment),
    ...notes.map((note) => wrap(`Note: ${note}`, 0, 80)),
  ].join('\n\n');
}

/** Lines that a shell and dotenv read alike. */
function environmentBlock(environment: Record<string, string>): string {
  return Object.entries(environment)
    .map(([name, value]) => `  ${name}=${/^[\w@%+=:,./~-]*$/.test(value) ? value : `'${value}'`}`)
    .join('\n');
}

function listed(label: string, values: readonly string[] = []): (readonly [string, string])[] {
  return values.map((value) => [label, value]);
}

function exchanges(policy: ClientSettings['tokenExchange']): (readonly [string, string])[] {
  if (policy === undefined) return [];
  return [
    ...listed('Exchanges tokens of', policy.clients),
    ...listed('Exchanges tokens for', policy.audiences),
    ...listed('Gets tokens for', policy.targets),
    ...listed('Scope in exchange', policy.scopes),
    ['Impersonation', policy.impersonation === true ? 'yes' : 'no: with an actor token alone'],
  ];
}

function origin({ initialAccessToken, statement }: ClientRegistration): string {
  return [
    'by itself',
    ...(initialAccessToken === undefined ? [] : [`with the initial access token ${initialAccessToken}`]),
    ...(statement === undefined ? [] : ['with a software statement']),
  ].join(', ');
}

function authentication(client: ClientRecord, pinned: string | undefined): string {
  if (!isConfidential(client)) return 'none: a public client';
  return pinned === undefined ? 'client_secret_basic or client_secret_post' : `${pinned} only`;
}

function pkce(required = true): string {
  return required ? 'required' : 'optional';
}

function describeSecret({ id, createdAt, expiresAt }: ClientRecord['secrets'][number]): string {
  const end = expiresAt === undefined ? '' : `, ends ${moment(expiresAt)}`;
  return `${id}, made ${moment(createdAt)}${end}`;
}
