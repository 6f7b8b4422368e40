import type { JsonObject } from '../store/store.js';
import { cibaGrant, deviceGrant } from './client-kinds.js';
import { bindings } from './fapi-profile.js';
import type { Fault } from './faults.js';
import { redirectHost } from './redirect-uris.js';

/** What is missing in the metadata of a client, or cannot stand beside one another in it. */
export function metadataConflicts(metadata: JsonObject): Fault[] {
  return [
    ...keyFaults(metadata),
    ...bindingFaults(metadata),
    ...pairwiseFaults(metadata),
    ...cibaFaults(metadata),
  ];
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
function pairwiseFaults(metadata: JsonObject): Fault[] {
  const { subject_type: type, grant_types: grants, redirect_uris: uris } = metadata;
  if (type !== 'pairwise') return [];
  const elsewhere = [deviceGrant, cibaGrant].find((grant) => (grants as string[]).includes(grant));
  if (elsewhere !== undefined)
    return [{ field: 'subject_type', value: type, reason: `cannot stand beside the grant ${elsewhere}` }];
  const reason = metadata['sector_identifier_uri'] === undefined ? sectorFault(uris as string[]) : undefined;
  return reason === undefined ? [] : [{ field: 'sector_identifier_uri', reason }];
}

/** Why redirect URIs alone name no sector. */
function sectorFault(uris: readonly string[]): string | undefined {
  const hosts = new Set(uris.filter((uri) => URL.canParse(uri)).map(redirectHost));
  // Whatever stands where a host would: any app can say that it is at home there.
  if (hosts.has(undefined)) return 'is missing: a redirect URI with a scheme of its own belongs to no sector';
  if (hosts.size < 2) return undefined;
  return `is missing: a pairwise subject has one sector, and the redirect URIs are on ${[...hosts].join(', ')}`;
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
function isCibaMetadata(name: string): boolean {
  return /^backchannel_(?:token|client|authentication|user)_/u.test(name);
}
