import type { AppErrorCode } from '../domain/app-error.js';

/** Which words of the catalogue (`error.<words>.what` and `.next`) an error gets. */
const OF_GATEHOUSE = {
  bad_request: 'bad_request',
  address_too_long: 'bad_request',
  body_too_large: 'body_too_large',
  unsupported_content_type: 'bad_request',
  cross_site_request: 'cross_site_request',
  wrong_host: 'wrong_host',
  not_found: 'not_found',
  method_not_allowed: 'not_found',
  sign_in_expired: 'sign_in_expired',
  cookies_missing: 'cookies_missing',
  link_invalid: 'link_invalid',
  throttled: 'throttled',
  overloaded: 'overloaded',
  store_unavailable: 'unavailable',
  internal: 'internal',
} as const satisfies Record<AppErrorCode, string>;

/** RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 8707 section 2, and the provider's own. */
const OF_OAUTH = {
  invalid_client: 'invalid_client',
  unauthorized_client: 'unauthorized_client',
  invalid_redirect_uri: 'invalid_redirect_uri',
  invalid_request: 'invalid_request',
  invalid_request_object: 'invalid_request',
  invalid_request_uri: 'invalid_request',
  invalid_authorization_details: 'invalid_request',
  invalid_dpop_proof: 'invalid_request',
  unmet_authentication_requirements: 'unsupported',
  request_not_supported: 'unsupported',
  request_uri_not_supported: 'unsupported',
  registration_not_supported: 'unsupported',
  unsupported_response_type: 'unsupported',
  unsupported_response_mode: 'unsupported',
  invalid_scope: 'invalid_scope',
  invalid_target: 'invalid_target',
  access_denied: 'access_denied',
  login_required: 'interaction_required',
  consent_required: 'interaction_required',
  interaction_required: 'interaction_required',
  account_selection_required: 'interaction_required',
  session_not_found: 'sign_in_expired',
  expired_token: 'sign_in_expired',
  server_error: 'internal',
  temporarily_unavailable: 'unavailable',
} as const;

const WORDS: ReadonlyMap<string, string> = new Map(Object.entries({ ...OF_OAUTH, ...OF_GATEHOUSE }));

/** The codes that have words of their own. */
export const KNOWN_ERROR_CODES: readonly string[] = [...WORDS.keys()];

export function errorWords(code: string, status: number): string {
  return WORDS.get(code) ?? (status >= 500 ? 'internal' : 'bad_request');
}
