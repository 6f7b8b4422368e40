import type Koa from 'koa';
import type { KeyRing } from '../../domain/keys.js';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** The library would publish each key that it has; some are there only for what still comes back. */
export function publishKeys(keys: KeyRing['publishedJwks']): Koa.Middleware {
  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    if (ctx.oidc?.route !== 'jwks' || ctx.status !== 200) return;
    const { type } = ctx.response;
    ctx.body = { keys };
    ctx.type = type;
  };
}
