import { isDeepStrictEqual } from 'node:util';
import type { ClientKind, ClientRecord } from '../store/clients.js';
import type { Json, JsonObject } from '../store/store.js';
import { cibaGrant, clientKinds, deviceGrant, isConfidential, takesPeopleBack } from './client-kinds.js';
import type { Fault } from './faults.js';
import { certificateFaults } from './certificate-metadata.js';
import { bindings, fapiFaults, fapiMetadata } from './fapi-profile.js';
import { metadataFaults, protocolMetadata, type ProtocolLimits } from './protocol-metadata.js';
import { judgeRedirectUri } from './redirect-uris.js';
import { openIdScopes, resourceFault } from './services.js';
import { assertionIssuerFaults, jwtBearerGrant, type AssertionIssuer } from './assertion-issuers.js';
import { exchangeFaults, exchangeGrant, type ExchangePolicy } from './token-exchange.js';

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

/** Everything that is wrong with the settings of a client, whether they are new or changed. */
export function faultsOf(
  kind: ClientKind,
  confidential: boolean,
  settings: ClientSettings,
  limits: ProtocolLimits,
): Fault[] {
  const metadata = toMetadata(kind, confidential, settings);
  return [
    ...nameFaults(settings.name),
    ...redirectFaults(kind, settings),
    ...pageFaults(settings),
    ...(settings.contacts ?? []).filter((contact) => !emailPattern.test(contact)).map(notAnEmail),
    ...scopeFaults(settings.scope),
    ...(settings.resources ?? []).flatMap((resource) => resourceFault('resources', resource)),
    ...defaultResourceFaults(settings),
    ...publicFaults(confidential, settings),
    ...exchangeFaults(settings.tokenExchange, confidential),
    ...assertionIssuerFaults(settings.assertionIssuers, confidential),
    ...metadataFaults(settings.metadata ?? {}, kind, limits),
    ...keyFaults(metadata),
    ...certificateFaults(metadata, limits),
    ...bindingFaults(metadata),
    ...pairwiseFaults(metadata),
    ...cibaFaults(metadata),
    ...(settings.profile === 'fapi2' ? fapiFaults(metadata) : []),
  ];
}

/** What is accepted but worth knowing, in sentences. */
export function notesOn(kind: ClientKind, settings: ClientSettings): string[] {
  return (settings.redirectUris ?? []).flatMap((uri) => judgeRedirectUri(uri, kind).notes);
}

function nameFaults(name: string): Fault[] {
  const fault = (reason: string) => [{ field: 'name', value: name, reason }];
  if (name.trim() === '') return fault('is empty; people see it when they sign in');
  if (name.length > 100) return fault('is longer than 100 characters');
  // Bidirectional and other format characters could make the consent page say something else.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(name))
    return fault('contains invisible or control characters');
  return [];
}

function redirectFaults(kind: ClientKind, settings: ClientSettings): Fault[] {
  const faults: Fault[] = [];
  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    const uris = settings[field] ?? [];
    if (uris.length > 0 && !takesPeopleBack(kind)) {
      faults.push({ field, reason: `are not for the kind ${kind}: no browser is sent back to it` });
      continue;
    }
    if (field === 'redirectUris' && uris.length === 0 && takesPeopleBack(kind)) {
      faults.push({ field, reason: 'are missing: people who signed in are sent back there' });
    }
    uris.forEach((uri, index) => {
      if (uris.indexOf(uri) !== index) faults.push({ field, value: uri, reason: 'is given twice' });
      else faults.push(...uriFaults(field, uri, kind));
    });
  }
  return faults;
}

/** Pages of the app: judged like redirect URIs, because people's browsers are sent there or load them. */
function pageFaults(settings: ClientSettings): Fault[] {
  const fields = [
    'clientUri',
    'logoUri',
    'policyUri',
    'tosUri',
    'backchannelLogoutUri',
    'initiateLoginUri',
  ] as const;
  return fields.flatMap((field) => {
    const uri = settings[field];
    if (uri === undefined) return [];
    const faults = uriFaults(field, uri, 'web');
    if (faults.length === 0 && field === 'initiateLoginUri' && !uri.startsWith('https:')) {
      return [{ field, value: uri, reason: 'must have the scheme https (OpenID Connect Core, section 4)' }];
    }
    return faults;
  });
}

function uriFaults(field: string, uri: string, kind: ClientKind): Fault[] {
  const { reasons, instead } = judgeRedirectUri(uri, kind);
  if (reasons.length === 0) return [];
  return [{ field, value: uri, reason: reasons.join('; '), ...(instead === undefined ? {} : { instead }) }];
}

function scopeFaults(scope: string | undefined): Fault[] {
  if (scope === undefined) return [];
  const unknown = scope.split(' ').filter((name) => !openIdScopes.includes(name));
  const reason = `is not an OpenID scope; there are ${openIdScopes.join(', ')}. Scopes of a service are allowed through \`resources\``;
  return unknown.map((name) => ({ field: 'scope', value: name, reason }));
}

function defaultResourceFaults({ defaultResource, resources = [] }: ClientSettings): Fault[] {
  if (defaultResource === undefined || resources.includes(defaultResource)) return [];
  return [
    { field: 'defaultResource', value: defaultResource, reason: 'is not among the resources of this client' },
  ];
}

function publicFaults(confidential: boolean, settings: ClientSettings): Fault[] {
  if (confidential) return [];
  const faults: Fault[] = [];
  if (settings.requirePkce === false) {
    faults.push({
      field: 'requirePkce',
      reason:
        'cannot be off for a client without a secret: nothing else would bind the code to it (RFC 9700, section 2.1.1)',
    });
  }
  if (settings.authMethod !== undefined) {
    faults.push({
      field: 'authMethod',
      value: settings.authMethod,
      reason: 'needs a secret, and this client has none',
    });
  }
  if (settings.introspectAll === true) {
    faults.push({
      field: 'introspectAll',
      reason: 'needs a client with a secret, that nobody else can pass for',
    });
  }
  return faults;
}

/** Where the keys are that the rest of the metadata speaks of. */
function keyFaults(metadata: JsonObject): Fault[] {
  const has = (name: string) => metadata[name] !== undefined;
  if (has('jwks') && has('jwks_uri')) {
    return [{ field: 'jwks_uri', reason: 'cannot stand beside jwks (RFC 7591, section 2)' }];
  }
  if (has('jwks') || has('jwks_uri')) return [];
  const needing = Object.keys(metadata).find((name) => {
    const value = String(metadata[name]);
    if (name.endsWith('_encrypted_response_alg')) return value !== 'dir';
    if (name === 'backchannel_authentication_request_signing_alg') return true;
    if (name === 'request_object_signing_alg') return !value.startsWith('HS');
    return name === 'token_endpoint_auth_method' && byKeys.includes(value);
  });
  if (needing === undefined) return [];
  return [
    { field: 'jwks', reason: `is missing, or jwks_uri: ${needing} needs the public keys of the client` },
  ];
}

const byKeys = ['private_key_jwt', 'self_signed_tls_client_auth'];

/** oidc-provider takes one way of binding tokens at a time, and none for those from the authorization endpoint. */
function bindingFaults(metadata: JsonObject): Fault[] {
  const [first, second] = bindings.filter((name) => metadata[name] === true);
  if (first === undefined) return [];
  if (second !== undefined) return [{ field: second, reason: `cannot stand beside ${first}` }];
  const types = metadata['response_types'] as string[];
  if (!types.some((type) => type.split(' ').includes('token'))) return [];
  return [
    { field: first, reason: 'cannot stand beside a response type with token: it would be bound to nothing' },
  ];
}

/** The sector of a subject is known by redirect URIs (OpenID Connect Core 8.1), and tokens for a device go to none. */
function pairwiseFaults({ subject_type: type, grant_types: grants }: JsonObject): Fault[] {
  const elsewhere = [deviceGrant, cibaGrant].find((grant) => (grants as string[]).includes(grant));
  if (type !== 'pairwise' || elsewhere === undefined) return [];
  return [{ field: 'subject_type', value: type, reason: `cannot stand beside the grant ${elsewhere}` }];
}

/** OpenID Connect CIBA Core 1.0, 4: what the grant demands, and what makes no sense without it. */
function cibaFaults(metadata: JsonObject): Fault[] {
  const grants = metadata['grant_types'];
  const [mode, endpoint] = ['backchannel_token_delivery_mode', 'backchannel_client_notification_endpoint'];
  if (!Array.isArray(grants) || !grants.includes(cibaGrant)) {
    return Object.keys(metadata)
      .filter((name) => isCibaMetadata(name))
      .map((field) => ({ field, reason: `is for clients with the grant ${cibaGrant}` }));
  }
  if (metadata[mode] === undefined) return [{ field: mode, reason: 'is missing: poll or ping' }];
  const pinged = metadata[mode] === 'ping';
  if (pinged === (metadata[endpoint] !== undefined)) return [];
  const reason = pinged ? 'is missing: a client is pinged there' : `is for clients whose ${mode} is ping`;
  return [{ field: endpoint, reason }];
}

/** What is said about a client for the sake of that grant alone. */
export function isCibaMetadata(name: string): boolean {
  return /^backchannel_(?:token|client|authentication|user)_/u.test(name);
}

/** As oidc-provider has it: a contact that it refuses would make the client unusable. */
const emailPattern = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$/;

function notAnEmail(contact: string): Fault {
  return { field: 'contacts', value: contact, reason: 'is not an email address' };
}
