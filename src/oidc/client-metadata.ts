import type { Client } from 'oidc-provider';
import type { AssertionIssuer } from '../domain/assertion-issuers.js';
import type { ExchangePolicy } from '../domain/token-exchange.js';

/** What a client can be told beyond RFC 7591. All of it is checked in `src/domain/clients.ts` before it is stored. */
export interface ClientSettings {
  /** One of our own: no consent page. */
  first_party?: boolean;
  /** false: PKCE is not demanded. For confidential clients that can't do it. */
  require_pkce?: boolean;
  /** Resource indicators (RFC 8707) it may ask tokens for. */
  resources?: readonly string[];
  /** The one of them that is meant where it names none and does not ask for `openid`. */
  default_resource?: string;
  /** Gets a refresh token without asking for offline_access; it ends with the session. */
  refresh_token_without_offline_access?: boolean;
  /** May introspect every token. */
  introspect_all?: boolean;
  /** Only `token_endpoint_auth_method` is accepted; else client_secret_basic and _post both are. */
  auth_method_pinned?: boolean;
  /** What it may exchange (RFC 8693). */
  token_exchange?: ExchangePolicy;
  /** On whose word it gets tokens for people (RFC 7523 2.1). */
  assertion_issuers?: readonly AssertionIssuer[];
  /** The client that its tokens name as the one that may act for the person. */
  may_act?: string;
  /** FAPI 2.0 Security Profile. */
  profile?: 'fapi2';
  /** It registered itself, and nobody known vouches for it: people are told so (RFC 7591 5). */
  unvouched?: boolean;
  /** Where its request objects lie (OpenID Connect Core 6.2). */
  request_uris?: readonly string[];
}

export const CLIENT_SETTINGS = [
  'first_party',
  'require_pkce',
  'resources',
  'default_resource',
  'refresh_token_without_offline_access',
  'introspect_all',
  'auth_method_pinned',
  'token_exchange',
  'assertion_issuers',
  'may_act',
  'profile',
  'unvouched',
] as const satisfies (keyof ClientSettings)[];

/** Registered metadata of clients that the library doesn't know. */
export const REGISTERED_METADATA = ['request_uris'] as const satisfies (keyof ClientSettings)[];

export function settingsOf(client: Client): ClientSettings {
  return client as unknown as ClientSettings;
}

export function isPublic(client: Client): boolean {
  return client.clientAuthMethod === 'none';
}

export function isFapi2(client: Client | undefined): boolean {
  return client !== undefined && settingsOf(client).profile === 'fapi2';
}
