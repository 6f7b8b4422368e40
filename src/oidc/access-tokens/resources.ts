import { errors, type Client, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import type { ServiceRecord, ServiceStore } from '../../store/services.js';
import { settingsOf } from '../client-metadata.js';

/** For services that don't say otherwise. */
export interface TokenDefaults {
  /** Seconds. */
  tokenTtl: number;
  tokenAlg: string;
}

/** Signs access tokens unless a service wants otherwise: ten times cheaper to make than RS256. */
const ACCESS_TOKEN_ALG = 'ES256';

export function tokenDefaults(lifetimes: { accessToken: number }): TokenDefaults {
  return { tokenTtl: lifetimes.accessToken, tokenAlg: ACCESS_TOKEN_ALG };
}

/** RFC 8707: what a token for a service looks like, for clients that may ask for one. */
export function createResourceFinder(services: ServiceStore, defaults: TokenDefaults) {
  return async (_ctx: KoaContextWithOIDC, resource: string, client: Client): Promise<ResourceServer> => {
    const allowed = settingsOf(client).resources?.includes(resource) ?? false;
    const service = allowed ? await services.find(resource) : undefined;
    // One answer for what doesn't exist and what isn't allowed: clients can't probe for services.
    if (!service) throw new errors.InvalidTarget(`the client may not ask tokens for this resource`);
    return resourceServer(service, defaults);
  };
}

/** A service in the library's terms. */
export function resourceServer(
  service: ServiceRecord,
  defaults: TokenDefaults,
): ResourceServer & { accessTokenTTL: number } {
  return {
    audience: service.resource,
    scope: service.scopes.map((scope) => scope.name).join(' '),
    accessTokenTTL: service.tokenTtl ?? defaults.tokenTtl,
    accessTokenFormat: service.tokenFormat,
    ...(service.tokenFormat === 'jwt'
      ? { jwt: { sign: { alg: (service.tokenAlg ?? defaults.tokenAlg) as 'ES256' } } }
      : {}),
  };
}

/**
 * RFC 7662 4: who may know about a token. Whoever it was issued to, the service it is for, and clients that were
 * given the right to look at all of them; everybody else is told that it isn't active.
 */
export function createIntrospectionPolicy(services: ServiceStore) {
  return async (
    _ctx: KoaContextWithOIDC,
    client: Client,
    token: { clientId?: string | undefined; aud?: string | string[] | undefined },
  ): Promise<boolean> => {
    if (token.clientId === client.clientId || settingsOf(client).introspect_all === true) return true;
    if (typeof token.aud !== 'string') return false;
    const service = await services.find(token.aud);
    return service?.introspectedBy.includes(client.clientId) ?? false;
  };
}

/**
 * The same for opaque tokens, also where their client is gone. The library does not look, and would answer for a token that
 * was made while the client was being removed.
 */
export function createOpaqueIntrospectionPolicy(
  services: ServiceStore,
): ReturnType<typeof createIntrospectionPolicy> {
  const isAllowed = createIntrospectionPolicy(services);
  return async (ctx, client, token) =>
    (await isAllowed(ctx, client, token)) &&
    (await ctx.oidc.provider.Client.find(token.clientId ?? '')) !== undefined;
}

/**
 * A refresh with a resource that the token was not issued for. The library looks at that after it has used the token up,
 * and a typing error would cost the person their sign-in.
 */
export function refuseForeignResource(ctx: KoaContextWithOIDC): void {
  const asked = ctx.oidc.params?.['resource'];
  const granted = [ctx.oidc.entities.RefreshToken?.resource ?? []].flat();
  if (asked !== undefined && !granted.includes(String(asked))) {
    throw new errors.InvalidTarget('the refresh token was not issued for this resource');
  }
}
