import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** RFC 6749 5.2: a grant type that the client may not use is `unauthorized_client`; the library says invalid_request. */
export const nameUnauthorizedClients: Koa.Middleware = async (koaCtx, next) => {
  await next();
  const ctx = koaCtx as unknown as KoaContextWithOIDC;
  const body = ctx.body as { error?: string; error_description?: string } | undefined;
  if (
    ctx.oidc?.route === 'token' &&
    body?.error_description === 'requested grant type is not allowed for this client'
  ) {
    body.error = 'unauthorized_client';
  }
};
