import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { cibaGrant, deviceGrant } from '../domain/client-kinds.js';

/** The library's words, by route. */
const REFUSALS: Readonly<Record<string, string>> = {
  token: 'requested grant type is not allowed for this client',
  device_authorization: `${deviceGrant} is not allowed for this client`,
  backchannel_authentication: `${cibaGrant} is not allowed for this client`,
};

/** RFC 6749 5.2: a grant type that the client may not use is `unauthorized_client`; the library says invalid_request.
 *  The same holds for the device authorization endpoint (RFC 8628 3.2).
 */
export const nameUnauthorizedClients: Koa.Middleware = async (koaCtx, next) => {
  await next();
  const ctx = koaCtx as unknown as KoaContextWithOIDC;
  const body = ctx.body as { error?: string; error_description?: string } | undefined;
  const refusal = REFUSALS[ctx.oidc?.route ?? ''];
  if (refusal !== undefined && body?.error_description === refusal) {
    body.error = 'unauthorized_client';
  }
};
