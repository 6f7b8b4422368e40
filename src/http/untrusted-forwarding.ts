import type { Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import { isForwarded } from './client-address.js';
import { requestScope } from './request-scope.js';

/**
 * In production, a request that says it was forwarded while no proxy is declared means one of two things: there is a
 * proxy, and everybody would share its address and its limits; or somebody invents headers. Neither is served.
 */
export function refuseUntrustedForwarding(): Middleware {
  let told = false;
  return (ctx, next) => {
    if (!isForwarded(ctx.req)) return next();
    if (!told) {
      told = true;
      requestScope()?.log.error(
        'Forwarded headers arrive, but TRUSTED_PROXIES is not set: such requests are refused. Set it to the address of your reverse proxy, for example TRUSTED_PROXIES=10.0.0.0/8, or have the headers removed.',
      );
    }
    throw new AppError('bad_request', 400, { message: 'forwarded headers from a proxy that is not trusted' });
  };
}
