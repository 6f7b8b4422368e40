import type { KoaContextWithOIDC } from 'oidc-provider';
import { cibaGrant, deviceGrant } from '../../domain/client-kinds.js';

interface SignedIn {
  acr?: string | undefined;
  authTime?: number | undefined;
}

/**
 * RFC 9470 6, RFC 9068 2.2.1: the access token of a person says how and when they signed in, as a JWT and by
 * introspection. A refreshed one says the same as the first: nobody has signed in since.
 */
export function signInClaims(ctx: KoaContextWithOIDC): { acr?: string; auth_time?: number } {
  const { acr, authTime } = signInBehind(ctx) ?? {};
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  };
}

/** By grant, and no other: a token that was made from another token is nobody's sign-in. */
function signInBehind({ oidc }: KoaContextWithOIDC): SignedIn | undefined {
  const { entities, route, session } = oidc;
  if (route !== 'token') return session && { acr: session.acr, authTime: session.loginTs };
  switch (oidc.params?.['grant_type']) {
    case 'authorization_code':
      return entities.AuthorizationCode;
    case 'refresh_token':
      return entities.RefreshToken;
    case deviceGrant:
      return entities.DeviceCode;
    case cibaGrant:
      return entities.BackchannelAuthenticationRequest;
    default:
      return undefined;
  }
}
