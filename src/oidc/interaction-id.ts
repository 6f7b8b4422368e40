import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/**
 * FAPI 2.0 Implementation Advice 2.1.1: a protected resource answers with the `x-fapi-interaction-id` of the request, so
 * that both sides find it in their logs. Ours is userinfo.
 */
export const echoInteractionId: Koa.Middleware = async (koaCtx, next) => {
  const id = koaCtx.get('x-fapi-interaction-id');
  await next();
  const { oidc } = koaCtx as unknown as KoaContextWithOIDC;
  if (oidc?.route === 'userinfo' && UUID.test(id)) koaCtx.set('x-fapi-interaction-id', id);
};
