import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** Short enough that a new signing key is known everywhere long before it signs. */
const MAX_AGE_SECONDS = 300;

/** The metadata and the keys are the same for everybody, and clients ask for them often: they may be kept a while. */
export const cacheMetadata: Koa.Middleware = async (koaCtx, next) => {
  await next();
  const ctx = koaCtx as unknown as KoaContextWithOIDC;
  const route = ctx.oidc?.route;
  if ((route === 'discovery' || route === 'jwks') && ctx.status === 200)
    ctx.set('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`);
};
