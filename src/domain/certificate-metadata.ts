import type { Json, JsonObject } from '../store/store.js';
import { subjectMembers } from './certificate-subject.js';
import type { Fault } from './faults.js';
import type { ProtocolLimits } from './protocol-metadata.js';

/** RFC 8705 2: ways of authentication by a certificate. */
const methods = ['tls_client_auth', 'self_signed_tls_client_auth'];

export function provesByCertificate(method: Json | undefined): boolean {
  return methods.includes(method as string);
}

/** What does not fit together in the metadata of a client that proves itself by a certificate, or does not. */
export function certificateFaults(metadata: JsonObject, { clientCertificates }: ProtocolLimits): Fault[] {
  const method = metadata['token_endpoint_auth_method'] as string;
  const subjects = Object.keys(subjectMembers).filter((name) => metadata[name] !== undefined);
  if (method !== 'tls_client_auth' && subjects.length > 0)
    return subjects.map((field) => ({ field, reason: 'is for the authentication tls_client_auth alone' }));
  if (!provesByCertificate(method)) return [];

  const faults: Fault[] = [];
  if (clientCertificates === 'none')
    faults.push({ field: 'authMethod', value: method, reason: 'needs mutual TLS, which is off: see MTLS' });
  else if (method === 'tls_client_auth' && clientCertificates !== 'all')
    faults.push({ field: 'authMethod', value: method, reason: 'needs authorities: see MTLS_CA_FILE' });
  if (method === 'tls_client_auth' && subjects.length !== 1)
    faults.push({
      field: 'authMethod',
      value: method,
      reason: `needs exactly one of ${Object.keys(subjectMembers).join(', ')} (RFC 8705, section 2.1.2)`,
    });
  if (method === 'self_signed_tls_client_auth' && metadata['jwks'] !== undefined && !hasCertificate(metadata))
    faults.push({
      field: 'jwks',
      reason: 'holds no key with its certificate in x5c (RFC 8705, section 2.2.2)',
    });
  if (metadata['token_endpoint_auth_signing_alg'] !== undefined)
    faults.push({ field: 'token_endpoint_auth_signing_alg', reason: `is not for ${method}` });
  return faults;
}

function hasCertificate({ jwks }: JsonObject): boolean {
  const { keys } = jwks as { keys?: Json };
  return Array.isArray(keys) && keys.some((key) => (key as JsonObject | null)?.['x5c'] !== undefined);
}
