import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What discovery says of the provider (OpenID Connect Discovery 3, RFC 8414 2), by the names on the wire. */
export type ProviderMetadata = Record<string, unknown>;

/** Sets right what the library says of the provider, where it does not know better. */
export function amendMetadata(amend: (metadata: ProviderMetadata) => void): Koa.Middleware {
  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    if (ctx.oidc?.route === 'discovery' && ctx.status === 200) amend(ctx.body as ProviderMetadata);
  };
}
