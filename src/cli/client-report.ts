import type { Config } from '../config.js';
import { clientKinds, signsPeopleIn } from '../domain/client-kinds.js';
import type { AddedClient } from '../domain/clients.js';
import type { ClientRecord } from '../store/clients.js';
import { labelled, moment, wrap } from './layout.js';

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
    created_at: new Date(client.createdAt).toISOString(),
    updated_at: new Date(client.updatedAt).toISOString(),
  };
}

/** Everything about a client, in words. */
export function describeClient(client: ClientRecord): string {
  const { metadata } = client;
  const text = (name: string) => {
    const value = metadata[name];
    return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : undefined;
  };
  const yes = (name: string) => (metadata[name] === true ? 'yes' : undefined);
  return labelled([
    ['Client ID', client.id],
    ['Name', text('client_name')],
    ['Kind', `${client.kind}: ${clientKinds[client.kind].description}`],
    ['Redirect URIs', text('redirect_uris')],
    ['After sign-out', text('post_logout_redirect_uris')],
    ['Back-channel logout', text('backchannel_logout_uri')],
    ['Home page', text('client_uri')],
    ['Logo', text('logo_uri')],
    ['Privacy policy', text('policy_uri')],
    ['Terms of service', text('tos_uri')],
    ['Sign-in starts at', text('initiate_login_uri')],
    ['Contacts', text('contacts')],
    ['Grant types', text('grant_types')],
    ['OpenID scopes', text('scope')],
    ['Resources', text('resources')],
    ['Authentication', authentication(client)],
    [
      'PKCE',
      signsPeopleIn(client.kind) ? (metadata['require_pkce'] === false ? 'optional' : 'required') : undefined,
    ],
    [
      'Consent page',
      signsPeopleIn(client.kind) ? (metadata['first_party'] === true ? 'no' : 'yes') : undefined,
    ],
    ['Refresh token without offline_access', yes('refresh_token_without_offline_access')],
    ['Introspects every token', yes('introspect_all')],
    ...client.secrets.map((secret, index) => [index === 0 ? 'Secrets' : '', describeSecret(secret)] as const),
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
  const [redirectUri] = (client.metadata['redirect_uris'] ?? []) as string[];
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
    `Added the client ${client.id} (${clientKinds[client.kind].description}).`,
    labelled([
      ['Issuer', config.issuer],
      ['Discovery', discoveryUrl(config)],
      ['Client ID', client.id],
      ['Client secret', secret],
      ...((client.metadata['redirect_uris'] ?? []) as string[]).map((uri) => ['Redirect URI', uri] as const),
      ['Audience', resource],
    ]),
    ...(secret === undefined ? [] : ['The secret is shown this once: only its hash is kept.']),
    'For the environment of the app:',
    environmentBlock(environment),
    ...notes.map((note) => wrap(`Note: ${note}`, 0, 80)),
  ].join('\n\n');
}

/** Lines that a shell and dotenv read alike. */
export function environmentBlock(environment: Record<string, string>): string {
  return Object.entries(environment)
    .map(([name, value]) => `  ${name}=${/^[\w@%+=:,./~-]*$/.test(value) ? value : `'${value}'`}`)
    .join('\n');
}

function authentication({ metadata }: ClientRecord): string {
  const method = metadata['token_endpoint_auth_method'];
  if (method === 'none') return 'none: a public client';
  return metadata['auth_method_pinned'] === true
    ? `${method} only`
    : 'client_secret_basic or client_secret_post';
}

function describeSecret({ id, createdAt, expiresAt }: ClientRecord['secrets'][number]): string {
  const end = expiresAt === undefined ? '' : `, ends ${moment(expiresAt)}`;
  return `${id}, made ${moment(createdAt)}${end}`;
}
