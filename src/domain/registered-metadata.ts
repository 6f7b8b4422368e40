import type { ClientKind } from '../store/clients.js';
import type { Json, JsonObject } from '../store/store.js';
import { subjectMembers } from './certificate-subject.js';
import { deviceGrant } from './client-kinds.js';
import { authMethods, wireNames, type AuthMethod, type ClientSettings } from './client-settings.js';
import type { Fault } from './faults.js';
import { redirectHost } from './redirect-uris.js';
import { openIdScopes } from './services.js';

/** What an app says of itself, in the terms in which the domain judges clients. */
export interface RegisteredMetadata {
  kind: ClientKind;
  confidential: boolean;
  settings: ClientSettings;
  /** What could not even be read; what could be is in the settings all the same, to be judged with the rest. */
  faults: Fault[];
}

type Shape = 'text' | 'list' | 'truth';

/** Settings that an app can choose for itself, and how they look. All others of ours are the operator's to give. */
const SHAPES = {
  name: 'text',
  redirectUris: 'list',
  postLogoutRedirectUris: 'list',
  clientUri: 'text',
  logoUri: 'text',
  policyUri: 'text',
  tosUri: 'text',
  contacts: 'list',
  backchannelLogoutUri: 'text',
  backchannelLogoutSessionRequired: 'truth',
  initiateLoginUri: 'text',
} as const satisfies Partial<Record<keyof ClientSettings, Shape>>;

/** Metadata of the protocol that an app can choose for itself: what comes to be known otherwise is not among it by that. */
const OPEN_MEMBERS: readonly string[] = [
  'grant_types',
  'response_types',
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'introspection_signed_response_alg',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'authorization_signed_response_alg',
  'authorization_encrypted_response_alg',
  'authorization_encrypted_response_enc',
  'request_object_signing_alg',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
  'require_signed_request_object',
  'request_uris',
  'require_pushed_authorization_requests',
  'dpop_bound_access_tokens',
  'tls_client_certificate_bound_access_tokens',
  ...Object.keys(subjectMembers),
  'subject_type',
  'sector_identifier_uri',
  'default_max_age',
  'require_auth_time',
  'default_acr_values',
  'software_id',
  'software_version',
];

/** Grants by which a person lets an app in. All others let a program act for itself or reach people unasked. */
const OPEN_GRANTS: readonly string[] = ['authorization_code', 'implicit', 'refresh_token', deviceGrant];

const MOST_ENTRIES = 20;

/** Every member that registration knows, by its registered name; all else is ignored (RFC 7591 2). */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(SHAPES).map((name) => wireNames[name as keyof typeof SHAPES]),
  ...OPEN_MEMBERS,
  'scope',
  'application_type',
  'token_endpoint_auth_method',
]);

/** The members that registration knows; one that is null is one that is not there (RFC 7592 2.2). */
export function knownMetadata(request: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(request).filter(([name, value]) => KNOWN.has(name) && value !== null),
  ) as JsonObject;
}

/** Reads client metadata by the names and defaults of RFC 7591 2 and OpenID Connect Registration 2. */
export function readMetadata(request: JsonObject, id: string): RegisteredMetadata {
  const faults: Fault[] = [];
  const given = knownMetadata(request);

  function take<T extends Json>(name: string, shape: Shape): T | undefined {
    const value = given[name];
    if (value === undefined) return undefined;
    const reason = shapeFault(value, shape);
    if (reason === undefined) return value as T;
    faults.push({ field: name, reason });
    return undefined;
  }

  const settings: Record<string, Json | undefined> = {};
  for (const [name, shape] of Object.entries(SHAPES)) {
    const value = take(wireNames[name as keyof typeof SHAPES], shape);
    if (value !== undefined) settings[name] = value;
  }
  settings['name'] ??= nameFor(settings['redirectUris'] as string[] | undefined, id);
  settings['scope'] = knownScopes(take('scope', 'text'));

  const method = take<string>('token_endpoint_auth_method', 'text');
  const confidential = method !== 'none';
  if (method !== undefined && confidential) {
    if (authMethods.includes(method as AuthMethod)) settings['authMethod'] = method;
    else faults.push(notOneOf('token_endpoint_auth_method', method, [...authMethods, 'none']));
  }

  const type = take<string>('application_type', 'text') ?? 'web';
  if (!['web', 'native'].includes(type)) faults.push(notOneOf('application_type', type, ['web', 'native']));
  const grants = take<string[]>('grant_types', 'list') ?? ['authorization_code'];
  for (const grant of grants.filter((each) => !OPEN_GRANTS.includes(each)))
    faults.push({
      field: 'grant_types',
      reason: `cannot hold ${grant}: it is not for apps that register themselves`,
    });
  const kind = kindOf(type, grants, confidential);
  const types = take<string[]>('response_types', 'list') ?? (kind === 'device' ? [] : ['code']);

  const metadata = Object.fromEntries(Object.entries(given).filter(([name]) => OPEN_MEMBERS.includes(name)));
  Object.assign(
    metadata,
    consistent(
      grants.filter((each) => OPEN_GRANTS.includes(each)),
      types,
    ),
  );
  // RFC 7591 2: an empty list is what a client without an authorization endpoint says.
  if (types.length === 0 && kind === 'device') delete metadata['response_types'];
  return {
    kind,
    confidential,
    settings: { ...settings, metadata } as unknown as ClientSettings,
    faults,
  };
}

function kindOf(type: string, grants: readonly string[], confidential: boolean): ClientKind {
  const throughBrowser = grants.includes('authorization_code') || grants.includes('implicit');
  if (grants.includes(deviceGrant) && !throughBrowser) return 'device';
  if (type === 'native') return 'native';
  return confidential ? 'web' : 'spa';
}

/** RFC 7591 2.1: grant types and response types that say the same. What one of them lacks is added to it. */
function consistent(grants: readonly string[], types: readonly string[]) {
  const response_types = [...new Set(types.map((type) => type.split(' ').toSorted().join(' ')))];
  const words = new Set(response_types.flatMap((type) => type.split(' ')));
  const needed = [
    ...(words.has('code') ? ['authorization_code'] : []),
    ...(words.has('token') || words.has('id_token') ? ['implicit'] : []),
  ];
  const others = grants.filter((grant) => grant !== 'authorization_code' && grant !== 'implicit');
  return { grant_types: [...new Set([...needed, ...others])], response_types };
}

/** People see it when they sign in: the host that they are sent back to says more than the id of a client. */
function nameFor(redirectUris: readonly string[] | undefined, id: string): string {
  return (
    redirectHost(redirectUris?.[0] ?? '')
      ?.replace(/:\d+$/u, '')
      .slice(0, 100) || id
  );
}

/** Those of a service are allowed by the operator; what is left of the list is what is told to be registered. */
function knownScopes(scope: string | undefined): string | undefined {
  if (scope === undefined) return undefined;
  const known = [...new Set(scope.split(' '))].filter((name) => openIdScopes.includes(name));
  return known.length === 0 ? 'openid' : known.join(' ');
}

function shapeFault(value: Json, shape: Shape): string | undefined {
  if (shape === 'text') return typeof value === 'string' ? undefined : 'must be text';
  if (shape === 'truth') return typeof value === 'boolean' ? undefined : 'must be true or false';
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string'))
    return 'must be a list of texts';
  return value.length > MOST_ENTRIES ? `must be a list of at most ${MOST_ENTRIES} texts` : undefined;
}

function notOneOf(field: string, value: string, allowed: readonly string[]): Fault {
  return { field, value, reason: `must be one of ${allowed.join(', ')}` };
}
