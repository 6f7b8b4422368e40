import type { ClientKind } from '../store/clients.js';
import type { Json, JsonObject } from '../store/store.js';
import {
  assertionAlgs,
  clientSigningAlgs,
  contentEncryptionAlgs,
  keyManagementAlgs,
  signingAlgs,
} from './algorithms.js';
import { authenticationContexts } from './authentication-contexts.js';
import { subjectMembers } from './certificate-subject.js';
import { cibaGrant, clientKinds } from './client-kinds.js';
import type { Fault } from './faults.js';
import { jwksFault } from './jwks-fault.js';
import { judgeRedirectUri } from './redirect-uris.js';

/** What the server as a whole allows, whatever a client asks for. */
export interface ProtocolLimits {
  /** `response_type` values (OAuth 2.0 Multiple Response Types). */
  responseTypes: readonly string[];
  /** OpenID Connect CIBA: whether clients may start sign-ins that people answer elsewhere; absent: no. */
  ciba?: boolean;
  /** What certificates may prove a client by; `all`: also that an authority of ours issued one (RFC 8705). */
  clientCertificates: 'none' | 'self_signed' | 'all';
}

interface Member {
  /** For lists and help: a line in words. */
  about: string;
  /** Where it is defined. */
  spec: string;
  /** What is wrong with a value, to follow its name in a sentence. */
  judge: (value: Json, kind: ClientKind, limits: ProtocolLimits) => string | undefined;
}

/**
 * Client metadata for the parts of the protocol that most clients don't need, by its registered name (RFC 7591 and the
 * specification of each). What everybody needs has a setting of its own (`client-settings.ts`).
 */
export const protocolMetadata: Readonly<Record<string, Member>> = {
  grant_types: {
    about: 'grants beyond those of its kind',
    spec: 'RFC 7591 2',
    judge: listOf((grant, kind, { ciba = false }) => {
      const { grantTypes, optionalGrantTypes } = clientKinds[kind];
      if (![...grantTypes, ...optionalGrantTypes].includes(grant))
        return `cannot hold ${grant} for the kind ${kind}`;
      return grant === cibaGrant && !ciba
        ? `cannot hold ${grant}: CIBA is off (see the variable CIBA)`
        : undefined;
    }),
  },
  response_types: {
    about: 'ways in which a sign-in is answered: code alone unless RESPONSE_TYPES allows others',
    spec: 'OpenID Connect Core 3',
    judge: listOf((type, _kind, { responseTypes }) =>
      responseTypes.includes(type)
        ? undefined
        : `cannot hold ${type}: RESPONSE_TYPES allows ${responseTypes.join(', ')}`,
    ),
  },
  jwks: { about: 'its public keys', spec: 'RFC 7591 2', judge: jwksFault },
  jwks_uri: { about: 'where its public keys are', spec: 'RFC 7591 2', judge: httpsUri },
  token_endpoint_auth_signing_alg: {
    about: 'signs its client assertions',
    spec: 'OpenID Connect Core 9',
    judge: oneOf(assertionAlgs),
  },
  id_token_signed_response_alg: {
    about: 'signs its ID tokens',
    spec: 'OpenID Connect Registration 2',
    judge: oneOf(signingAlgs),
  },
  id_token_encrypted_response_alg: {
    about: 'encrypts the key of its ID tokens',
    spec: 'OpenID Connect Registration 2',
    judge: oneOf(keyManagementAlgs),
  },
  id_token_encrypted_response_enc: {
    about: 'encrypts its ID tokens',
    spec: 'OpenID Connect Registration 2',
    judge: oneOf(contentEncryptionAlgs),
  },
  userinfo_signed_response_alg: {
    about: 'signs its userinfo',
    spec: 'OpenID Connect Registration 2',
    judge: oneOf(signingAlgs),
  },
  userinfo_encrypted_response_alg: {
    about: 'encrypts the key of its userinfo',
    spec: 'OpenID Connect Registration 2',
    judge: oneOf(keyManagementAlgs),
  },
  userinfo_encrypted_response_enc: {
    about: 'encrypts its userinfo',
    spec: 'OpenID Connect Registration 2',
    judge: oneOf(contentEncryptionAlgs),
  },
  introspection_signed_response_alg: {
    about: 'signs what it introspects',
    spec: 'RFC 9701 6',
    judge: oneOf(signingAlgs),
  },
  introspection_encrypted_response_alg: {
    about: 'encrypts the key of what it introspects',
    spec: 'RFC 9701 6',
    judge: oneOf(keyManagementAlgs),
  },
  introspection_encrypted_response_enc: {
    about: 'encrypts what it introspects',
    spec: 'RFC 9701 6',
    judge: oneOf(contentEncryptionAlgs),
  },
  authorization_signed_response_alg: {
    about: 'signs its authorization responses',
    spec: 'JARM 3',
    judge: oneOf(signingAlgs),
  },
  authorization_encrypted_response_alg: {
    about: 'encrypts the key of its authorization responses',
    spec: 'JARM 3',
    judge: oneOf(keyManagementAlgs),
  },
  authorization_encrypted_response_enc: {
    about: 'encrypts its authorization responses',
    spec: 'JARM 3',
    judge: oneOf(contentEncryptionAlgs),
  },
  request_object_signing_alg: {
    about: 'signs its request objects',
    spec: 'RFC 9101 10',
    judge: oneOf(clientSigningAlgs),
  },
  request_object_encryption_alg: {
    about: 'encrypts the key of its request objects',
    spec: 'RFC 9101 10',
    judge: oneOf(keyManagementAlgs),
  },
  request_object_encryption_enc: {
    about: 'encrypts its request objects',
    spec: 'RFC 9101 10',
    judge: oneOf(contentEncryptionAlgs),
  },
  require_signed_request_object: {
    about: 'only signed request objects are taken from it',
    spec: 'RFC 9101 10.5',
    judge: isBoolean,
  },
  request_uris: {
    about: 'where its request objects lie',
    spec: 'OpenID Connect Core 6.2',
    // Its fragment says which version of the content is meant.
    judge: listOf((uri) => httpsUri(uri.replace(/#[\w-]+$/u, ''))),
  },
  require_pushed_authorization_requests: {
    about: 'only pushed authorization requests are taken from it',
    spec: 'RFC 9126 6',
    judge: isBoolean,
  },
  dpop_bound_access_tokens: {
    about: 'its tokens are bound to a key by DPoP',
    spec: 'RFC 9449 5.2',
    judge: isBoolean,
  },
  tls_client_certificate_bound_access_tokens: {
    about: 'its tokens are bound to its certificate',
    spec: 'RFC 8705 3.4',
    judge: (value, _kind, { clientCertificates }) =>
      value === true && clientCertificates === 'none'
        ? 'needs mutual TLS, which is off: see MTLS'
        : isBoolean(value),
  },
  ...Object.fromEntries(
    Object.entries(subjectMembers).map(([name, { about, fault }]) => [
      name,
      { about, spec: 'RFC 8705 2.1.2', judge: (value: Json) => isLine(value) ?? fault(value as string) },
    ]),
  ),
  subject_type: {
    about: 'pairwise: people have another subject at each sector',
    spec: 'OpenID Connect Core 8',
    judge: oneOf(['public', 'pairwise']),
  },
  sector_identifier_uri: {
    about: 'names the redirect URIs of its sector',
    spec: 'OpenID Connect Registration 5',
    judge: httpsUri,
  },
  default_max_age: {
    about: 'seconds since the last sign-in that are too long for it',
    spec: 'OpenID Connect Registration 2',
    judge: isSeconds,
  },
  require_auth_time: {
    about: 'its ID tokens say when the person signed in',
    spec: 'OpenID Connect Registration 2',
    judge: isBoolean,
  },
  default_acr_values: {
    about: 'authentication contexts it asks for',
    spec: 'OpenID Connect Registration 2',
    judge: listOf((acr) =>
      authenticationContexts.some((context) => context.acr === acr)
        ? undefined
        : `cannot hold ${acr}: there are ${authenticationContexts.map((context) => context.acr).join(', ')}`,
    ),
  },
  authorization_details_types: {
    about: 'types of authorization details it may ask for: those of its services unless limited here',
    spec: 'RFC 9396 10',
    judge: listOf(() => undefined),
  },
  backchannel_token_delivery_mode: {
    about: 'how it learns that a person has answered: it polls, or is pinged',
    spec: 'OpenID Connect CIBA 4',
    judge: oneOf(['poll', 'ping']),
  },
  backchannel_client_notification_endpoint: {
    about: 'where it is pinged when a person has answered',
    spec: 'OpenID Connect CIBA 4',
    judge: httpsUri,
  },
  backchannel_authentication_request_signing_alg: {
    about: 'signs its requests for a person to answer elsewhere, and only signed ones are taken from it',
    spec: 'OpenID Connect CIBA 4',
    judge: oneOf(clientSigningAlgs),
  },
  backchannel_user_code_parameter: {
    about: 'whether it sends a secret of the person: not supported',
    spec: 'OpenID Connect CIBA 4',
    judge: (value) => (value === false ? undefined : 'must be false: user codes are not supported'),
  },
  software_id: { about: 'names its software', spec: 'RFC 7591 2', judge: isText },
  software_version: { about: 'version of its software', spec: 'RFC 7591 2', judge: isText },
};

/** Everything that is wrong with a client's protocol metadata, each by itself. */
export function metadataFaults(metadata: JsonObject, kind: ClientKind, limits: ProtocolLimits): Fault[] {
  return Object.entries(metadata).flatMap(([field, value]) => {
    const member = Object.hasOwn(protocolMetadata, field) ? protocolMetadata[field] : undefined;
    const reason = member
      ? member.judge(value ?? null, kind, limits)
      : 'is no client metadata that Gatehouse knows';
    return reason === undefined ? [] : [{ field, value: shown(value), reason }];
  });
}

type Judge = Member['judge'];

function oneOf(values: readonly string[]): Judge {
  return (value) => (values.includes(value as string) ? undefined : `must be one of ${values.join(', ')}`);
}

function listOf(
  judge: (value: string, kind: ClientKind, limits: ProtocolLimits) => string | undefined,
): Judge {
  return (value, kind, limits) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > 20)
      return 'must be a list of 1 to 20 texts';
    if (value.some((entry) => typeof entry !== 'string' || entry === '')) return 'must be a list of texts';
    const reasons = (value as string[]).map((entry) => judge(entry, kind, limits));
    return reasons.find((reason) => reason !== undefined);
  };
}

function httpsUri(value: Json): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('https:')) return 'must be an https URL';
  const { reasons } = judgeRedirectUri(value, 'web');
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

function isBoolean(value: Json): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

function isSeconds(value: Json): string | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'must be a number of seconds';
}

function isLine(value: Json): string | undefined {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cf}]{1,1000}$/u.test(value)
    ? undefined
    : 'must be 1 to 1000 visible characters';
}

function isText(value: Json): string | undefined {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cf}]{1,200}$/u.test(value)
    ? undefined
    : 'must be 1 to 200 visible characters';
}

function shown(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
