import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isDeeperThan } from './nesting.js';

/** OpenID Connect for Identity Assurance goes ten deep. */
const DEEPEST = 16;

/** What `claims` may be beside an object (OpenID Connect Core 5.5): null or an object for each claim, and no abyss. */
export async function refuseUnreadableClaims(
  _ctx: KoaContextWithOIDC,
  claims: { userinfo?: object | undefined; id_token?: object | undefined },
): Promise<void> {
  for (const container of ['userinfo', 'id_token'] as const) {
    for (const value of Object.values(claims[container] ?? {}) as unknown[]) {
      if (typeof value !== 'object' || Array.isArray(value)) {
        throw new errors.InvalidRequest(`claims.${container} members must be null or objects`);
      }
    }
  }
  if (isDeeperThan(DEEPEST, claims)) throw new errors.InvalidRequest('claims are nested too deeply');
}
