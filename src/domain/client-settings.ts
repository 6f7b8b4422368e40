import { isDeepStrictEqual } from 'node:util';
import type { ClientKind, ClientRecord } from '../store/clients.js';
import type { Json, JsonObject } from '../store/store.js';
import { clientKinds, isConfidential, takesPeopleBack } from './client-kinds.js';
import { jwtBearerGrant, type AssertionIssuer } from './assertion-issuers.js';
import { fapiMetadata } from './fapi-profile.js';
import { protocolMetadata } from './protocol-metadata.js';
import { exchangeGrant, type ExchangePolicy } from './token-exchange.js';

/** What can be said about a client. Every URI is https, or http on loopback. */
export interface ClientSettings {
  /** Shown on the sign-in and consent pages; 1 to 100 characters. */
  name: string;
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  /** The app's own page, shown with its name. */
  clientUri?: string;
  logoUri?: string;
  policyUri?: string;
  tosUri?: string;
  /** Email addresses of the people who run it. */
  contacts?: string[];
  /** Where it is told that a person signed out (OpenID Connect Back-Channel Logout 2.2). */
  backchannelLogoutUri?: string;
  /** Whether logout tokens name the session: true unless said otherwise. */
  backchannelLogoutSessionRequired?: boolean;
  /** Where sign-in is started from elsewhere (OpenID Connect Core 4): https only. */
  initiateLoginUri?: string;
  /** OpenID scopes that it may ask for, separated by spaces; absent: all of them. */
  scope?: string;
  /** Resource indicators (RFC 8707) of the services that it may ask tokens for. */
  resources?: string[];
  /** One of `resources`: what its tokens are for where it names none and does not ask for `openid` (RFC 8707 2). */
  defaultResource?: string;
  /** Pins the way it authenticates; absent: HTTP Basic and the request body are both accepted. */
  authMethod?: AuthMethod;
  /** One of the operator's own apps: no consent page. */
  firstParty?: boolean;
  /** True unless said otherwise; only a client with a secret can do without (RFC 9700 2.1.1). */
  requirePkce?: boolean;
  refreshTokenWithoutOfflineAccess?: boolean;
  /** May introspect every token, not only those made for it or by it. */
  introspectAll?: boolean;
  /** Whose tokens it may exchange, and for what (RFC 8693); absent: it may not. */
  tokenExchange?: ExchangePolicy;
  /** On whose word it gets tokens for people (RFC 7523 2.1); absent: on nobody's. */
  assertionIssuers?: AssertionIssuer[];
  /** The client that alone may act for people by exchanging this one's tokens (RFC 8693 4.4); they say so. */
  mayAct?: string;
  /** `fapi2`: FAPI 2.0 Security Profile, with all that it demands. */
  profile?: 'fapi2';
  /** Settings for the less common parts of the protocol, by their registered names (`protocol-metadata.ts`). */
  metadata?: JsonObject;
}

/** OpenID Connect Core 9; RFC 8705 2. */
export const authMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
export type AuthMethod = (typeof authMethods)[number];

/** Names on the wire: RFC 7591 and its extensions first, then ours, which `src/oidc` reads. */
export const wireNames = {
  name: 'client_name',
  redirectUris: 'redirect_uris',
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  clientUri: 'client_uri',
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
  contacts: 'contacts',
  backchannelLogoutUri: 'backchannel_logout_uri',
  backchannelLogoutSessionRequired: 'backchannel_logout_session_required',
  initiateLoginUri: 'initiate_login_uri',
  scope: 'scope',
  resources: 'resources',
  defaultResource: 'default_resource',
  authMethod: 'token_endpoint_auth_method',
  firstParty: 'first_party',
  requirePkce: 'require_pkce',
  refreshTokenWithoutOfflineAccess: 'refresh_token_without_offline_access',
  introspectAll: 'introspect_all',
  tokenExchange: 'token_exchange',
  assertionIssuers: 'assertion_issuers',
  mayAct: 'may_act',
  profile: 'profile',
} as const satisfies Record<Exclude<keyof ClientSettings, 'metadata'>, string>;

const settingNames = Object.keys(wireNames) as (keyof typeof wireNames)[];

/** The metadata of a client, by its settings. */
export function toMetadata(kind: ClientKind, confidential: boolean, settings: ClientSettings): JsonObject {
  const metadata: JsonObject = {
    application_type: clientKinds[kind].applicationType,
    grant_types: [...clientKinds[kind].grantTypes],
    response_types: takesPeopleBack(kind) ? ['code'] : [],
    redirect_uris: [],
    require_pkce: true,
    ...(settings.profile === 'fapi2' ? fapiMetadata(settings) : {}),
    ...settings.metadata,
  };
  for (const name of settingNames) {
    if (settings[name] !== undefined) metadata[wireNames[name]] = settings[name];
  }
  metadata['token_endpoint_auth_method'] = confidential
    ? (settings.authMethod ?? 'client_secret_basic')
    : 'none';
  metadata['auth_method_pinned'] = settings.authMethod !== undefined;
  metadata['grant_types'] = [metadata['grant_types'] as Json, ...grantsByPolicy(settings)].flat();
  if (settings.backchannelLogoutUri !== undefined) {
    // Without a `sid` an app that has no subject index cannot tell whose session ended.
    metadata['backchannel_logout_session_required'] = settings.backchannelLogoutSessionRequired ?? true;
  }
  return metadata;
}

/** What was said about a client, read back from its metadata. */
export function settingsOf({ kind, metadata }: Pick<ClientRecord, 'kind' | 'metadata'>): ClientSettings {
  const settings: Record<string, Json | undefined> = {};
  for (const name of settingNames) {
    const value = metadata[wireNames[name]];
    if (value !== undefined) settings[name] = value;
  }
  if (metadata['auth_method_pinned'] !== true) delete settings['authMethod'];
  const plain = toMetadata(kind, isConfidential({ metadata }), settings as unknown as ClientSettings);
  const special = Object.keys(protocolMetadata)
    .filter((name) => metadata[name] !== undefined && !isDeepStrictEqual(metadata[name], plain[name]))
    .map((name) => [name, name === 'grant_types' ? withoutPolicies(metadata[name]) : metadata[name]]);
  if (special.length > 0) settings['metadata'] = Object.fromEntries(special) as JsonObject;
  return settings as unknown as ClientSettings;
}

/** Grants that come with what they are for, and go with it. */
function grantsByPolicy({ tokenExchange, assertionIssuers }: ClientSettings): string[] {
  return [
    ...(tokenExchange === undefined ? [] : [exchangeGrant]),
    ...(assertionIssuers === undefined ? [] : [jwtBearerGrant]),
  ];
}

function withoutPolicies(grants: Json | undefined): Json {
  return (grants as string[]).filter((grant) => grant !== exchangeGrant && grant !== jwtBearerGrant);
}
