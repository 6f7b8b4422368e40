import type Koa from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';

/**
 * The session ended while an authorization request was under way. It is noticed when the session is saved, which is
 * after the library has made its answer and outside of its error handling; so that answer is dropped, and the browser
 * asks once more, now without a session: with `prompt=none` the app learns that a login is required (OpenID Connect Core
 * 3.1.2.6), else the person gets the sign-in page.
 */
export function startOverWithoutSession(authorizationUrl: string): Koa.Middleware {
  return async (koaCtx, next) => {
    try {
      await next();
    } catch (error) {
      const { oidc } = koaCtx as unknown as KoaContextWithOIDC;
      if (!(error instanceof errors.LoginRequired) || !oidc?.params) throw error;
      requestScope()?.log.info({ client_id: oidc.client?.clientId }, 'the session has ended, starting over');
      const url = new URL(authorizationUrl);
      for (const [name, value] of Object.entries(oidc.params)) {
        for (const one of [value].flat()) if (typeof one === 'string') url.searchParams.append(name, one);
      }
      koaCtx.status = 303;
      koaCtx.redirect(url.href);
    }
  };
}
