import type { JsonObject } from '../store/store.js';
import { fapiSigningAlgs } from './algorithms.js';
import { provesByCertificate } from './certificate-metadata.js';
import type { AuthMethod, ClientSettings } from './client-settings.js';
import type { Fault } from './faults.js';

/** What a client of the profile `fapi2` has unless it says otherwise (FAPI 2.0 Security Profile 5.3.2, 5.4). */
export function fapiMetadata({ authMethod, metadata }: ClientSettings): JsonObject {
  return {
    ...plainMetadata,
    ...(provesByCertificate(authMethod) ? {} : { token_endpoint_auth_signing_alg: 'PS256' }),
    // It may have no keys to sign with.
    ...(authMethod === 'tls_client_auth' ? {} : { request_object_signing_alg: 'PS256' }),
    ...(metadata?.[byCertificate] === true ? {} : { dpop_bound_access_tokens: true }),
  };
}

const plainMetadata: JsonObject = {
  require_pushed_authorization_requests: true,
  id_token_signed_response_alg: 'PS256',
  authorization_signed_response_alg: 'PS256',
};

const signingMembers = [
  'token_endpoint_auth_signing_alg',
  'request_object_signing_alg',
  'id_token_signed_response_alg',
  'authorization_signed_response_alg',
];

/** What the profile forbids in the metadata of a client that is to follow it. */
export function fapiFaults(metadata: JsonObject): Fault[] {
  const faults: Fault[] = [];
  const method = metadata['token_endpoint_auth_method'] as AuthMethod;
  if (!strongMethods.includes(method)) {
    faults.push({
      field: 'authMethod',
      value: method,
      reason: `must be one of ${strongMethods.join(', ')} (FAPI 2.0 Security Profile 5.3.2.1)`,
    });
  }
  for (const name of signingMembers) {
    const alg = metadata[name];
    if (alg === undefined && !isUsed(name, metadata)) continue;
    if (fapiSigningAlgs.some((allowed) => allowed === alg)) continue;
    faults.push({ field: name, value: String(alg), reason: `must be one of ${fapiSigningAlgs.join(', ')}` });
  }
  if (metadata['require_pushed_authorization_requests'] !== true) {
    faults.push({ field: 'require_pushed_authorization_requests', reason: 'cannot be off in FAPI 2.0' });
  }
  if (metadata['require_pkce'] !== true) {
    faults.push({ field: 'requirePkce', reason: 'cannot be off in FAPI 2.0' });
  }
  if (!bindings.some((name) => metadata[name] === true)) {
    faults.push({ field: 'profile', value: 'fapi2', reason: `needs one of ${bindings.join(', ')}` });
  }
  if ((metadata['response_types'] as string[]).some((type) => type !== 'code')) {
    faults.push({ field: 'response_types', reason: 'can only be code in FAPI 2.0' });
  }
  return faults;
}

/** Whether there is anything that this algorithm is used for. */
function isUsed(name: string, metadata: JsonObject): boolean {
  if (name === 'token_endpoint_auth_signing_alg')
    return !provesByCertificate(metadata['token_endpoint_auth_method']);
  if (name === 'request_object_signing_alg')
    return metadata['jwks'] !== undefined || metadata['jwks_uri'] !== undefined;
  return true;
}

const strongMethods: readonly string[] = [
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
];

const byCertificate = 'tls_client_certificate_bound_access_tokens';

/** Tokens that are worth nothing to whoever steals them. */
export const bindings: readonly string[] = ['dpop_bound_access_tokens', byCertificate];
