import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { KEY_SET_MAX_AGE } from '../../domain/keys.js';

/** The metadata and the keys are the same for everybody, and clients ask for them often: they may be kept a while. */
export const cacheMetadata: Koa.Middleware = async (koaCtx, next) => {
  await next();
  const ctx = koaCtx as unknown as KoaContextWithOIDC;
  const route = ctx.oidc?.route;
  if ((route === 'discovery' || route === 'jwks') && ctx.status === 200)
    ctx.set('Cache-Control', `public, max-age=${KEY_SET_MAX_AGE}`);
};
