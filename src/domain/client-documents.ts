import type { ClientKind, ClientRecord } from '../store/clients.js';
import type { Json, JsonObject } from '../store/store.js';
import { hasSecret } from './client-kinds.js';
import { faultsOf } from './client-faults.js';
import { toMetadata, type ClientSettings } from './client-settings.js';
import { RejectedError, type Fault } from './faults.js';
import type { ProtocolLimits } from './protocol-metadata.js';
import { judgeRedirectUri } from './redirect-uris.js';

/**
 * OAuth Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): a client id that is the https URL
 * of a document in which the client describes itself. Nobody here has looked at such a client, so that it gets less than
 * one that an operator has added.
 */
export interface DocumentRules {
  limits: ProtocolLimits;
  /** Resource indicators of the services that such clients may ask tokens for. */
  resources: readonly string[];
  now: number;
}

const longestClientId = 255;

/** Text that its settings take over as it stands. */
const texts = {
  name: 'client_name',
  clientUri: 'client_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
} as const satisfies Partial<Record<keyof ClientSettings, string>>;

/** Protocol metadata that it may say something about. Whatever else stands in a document means nothing (RFC 7591 2). */
const accepted = [
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'authorization_signed_response_alg',
  'request_object_signing_alg',
  'require_signed_request_object',
  'require_pushed_authorization_requests',
  'dpop_bound_access_tokens',
  'default_max_age',
  'require_auth_time',
  'software_id',
  'software_version',
];

/** The host whose document a client id names; undefined for ids of all other kinds. */
export function documentHost(clientId: string): string | undefined {
  return isDocumentUrl(clientId) ? new URL(clientId).host : undefined;
}

/** Section 3 of the draft, and no query: one document is one client. */
function isDocumentUrl(clientId: string): boolean {
  return (
    clientId.startsWith('https://') &&
    clientId.length <= longestClientId &&
    judgeRedirectUri(clientId, 'web').reasons.length === 0 &&
    !clientId.includes('?') &&
    new URL(clientId).pathname !== '/'
  );
}

/**
 * The client that a document describes, judged like any other.
 *
 * @throws RejectedError with everything that stands against it
 */
export function clientFromDocument(clientId: string, text: string, rules: DocumentRules): ClientRecord {
  const document = parse(text);
  const confidential = document['token_endpoint_auth_method'] === 'private_key_jwt';
  const settings = settingsFrom(clientId, document, confidential, rules);
  const kind = kindOf(document, settings.redirectUris ?? [], confidential);
  const faults = [
    ...documentFaults(clientId, document),
    ...foreignUris(clientId, document, settings),
    ...faultsOf(kind, confidential, settings, rules.limits),
  ];
  if (faults.length > 0) throw rejected(faults);
  return {
    id: clientId,
    kind,
    metadata: toMetadata(kind, confidential, settings),
    secrets: [],
    createdAt: rules.now,
    updatedAt: rules.now,
    version: 1,
  };
}

function parse(text: string): JsonObject {
  try {
    const document = JSON.parse(text) as Json;
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  } catch {
    // Said below.
  }
  throw rejected([{ field: 'document', reason: 'is no JSON object' }]);
}

/** Its logo is left out: a picture that nobody has looked at lends trust, and tells its host who signs in. */
function settingsFrom(
  clientId: string,
  document: JsonObject,
  confidential: boolean,
  { resources }: DocumentRules,
): ClientSettings {
  const settings: ClientSettings = {
    name: documentHost(clientId) ?? clientId,
    redirectUris: textsIn(document, 'redirect_uris'),
    postLogoutRedirectUris: textsIn(document, 'post_logout_redirect_uris'),
    resources: [...resources],
    ...(confidential && { authMethod: 'private_key_jwt' }),
  };
  for (const [setting, name] of Object.entries(texts)) {
    if (document[name] !== undefined) settings[setting as keyof typeof texts] = textOf(name, document[name]);
  }
  const metadata = accepted.filter((name) => document[name] !== undefined);
  if (metadata.length > 0)
    settings.metadata = Object.fromEntries(metadata.map((name) => [name, document[name]!]));
  return settings;
}

/** A program on somebody's computer says so, or has a redirect URI that only such a program can have. */
function kindOf(document: JsonObject, redirectUris: string[], confidential: boolean): ClientKind {
  const isNative =
    document['application_type'] === 'native' || redirectUris.some((uri) => !uri.startsWith('https:'));
  if (isNative) return 'native';
  return confidential ? 'web' : 'spa';
}

/** What the draft demands of a document (sections 4 and 4.1), and what it cannot ask of us. */
function documentFaults(clientId: string, document: JsonObject): Fault[] {
  const faults: Fault[] = [];
  if (document['client_id'] !== clientId)
    faults.push({ field: 'client_id', reason: 'is not the address of the document' });
  const method = document['token_endpoint_auth_method'] ?? 'none';
  if (method !== 'none' && method !== 'private_key_jwt') {
    const reason = hasSecret({ metadata: { token_endpoint_auth_method: method } })
      ? 'needs a secret that both sides know, and there is none: use none or private_key_jwt'
      : 'must be none or private_key_jwt';
    faults.push({ field: 'token_endpoint_auth_method', reason });
  }
  for (const field of ['client_secret', 'client_secret_expires_at'])
    if (document[field] !== undefined) faults.push({ field, reason: 'must not stand in a document' });
  for (const [field, value] of [
    ['grant_types', 'authorization_code'],
    ['response_types', 'code'],
  ] as const) {
    const given = document[field];
    if (given !== undefined && !(Array.isArray(given) && given.includes(value)))
      faults.push({ field, reason: `must hold ${value}: nothing else is for such clients` });
  }
  return faults;
}

/**
 * Codes go to the host that describes the client, or to a program on the person's computer, and so do people after they
 * have signed out: otherwise whoever can leave a file on that host would lead them elsewhere under its name. And it names
 * no other host for us to call.
 */
function foreignUris(clientId: string, document: JsonObject, settings: ClientSettings): Fault[] {
  const { origin } = new URL(clientId);
  const { jwks_uri: keys } = document;
  const uris = {
    redirect_uris: settings.redirectUris ?? [],
    post_logout_redirect_uris: settings.postLogoutRedirectUris ?? [],
    jwks_uri: typeof keys === 'string' ? [keys] : [],
  };
  return Object.entries(uris).flatMap(([field, given]) =>
    given
      .filter((uri) => uri.startsWith('https:') && URL.parse(uri)?.origin !== origin)
      .map((value) => ({ field, value, reason: 'does not lie on the host of the client id' })),
  );
}

function textsIn(document: JsonObject, field: string): string[] {
  const value = document[field] ?? [];
  if (!Array.isArray(value) || value.length > 20)
    throw rejected([{ field, reason: 'must be a list of at most 20 texts' }]);
  return value.map((entry) => textOf(field, entry));
}

function textOf(field: string, value: Json | undefined): string {
  if (typeof value !== 'string') throw rejected([{ field, reason: 'must be a text' }]);
  return value;
}

function rejected(faults: Fault[]): RejectedError {
  return new RejectedError('invalid', 'The client metadata document cannot be used.', faults);
}
