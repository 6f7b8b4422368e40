import type { AccessToken, ClientCredentials, KoaContextWithOIDC, UnknownObject } from 'oidc-provider';
import { settingsOf } from '../client-metadata.js';
import { signInClaims } from './sign-in-claims.js';

/**
 * What an access token says besides the claims of RFC 9068: who acts (RFC 8693 4.1), who may (4.4), what it was exchanged from, how the person signed
 * in, and, in tokens that are not stored, the grant that they hang on, so that its end is seen.
 */
export function claimsOfAccessToken(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
): UnknownObject | undefined {
  if (token.kind !== 'AccessToken') return undefined;
  const { client, extra, grantId, resourceServer } = token as AccessToken;
  const mayAct = client && settingsOf(client).may_act;
  const claims = {
    ...extra,
    ...signInClaims(ctx),
    ...(mayAct === undefined ? {} : { may_act: { sub: mayAct } }),
    ...(resourceServer?.accessTokenFormat === 'jwt' ? { grant_id: grantId } : {}),
  };
  return Object.keys(claims).length === 0 ? undefined : claims;
}
