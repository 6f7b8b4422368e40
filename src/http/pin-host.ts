import type { Middleware } from 'koa';
import type Koa from 'koa';
import { AppError } from '../domain/app-error.js';

/**
 * The issuer is configuration: what the app believes of its own address never comes from a header. Everything that
 * Koa and oidc-provider derive from a request (URLs, the Secure flag of cookies) is pinned to the issuer.
 */
export function pinOrigin(app: Koa, issuer: URL): void {
  const pinned = { protocol: issuer.protocol.slice(0, -1), host: issuer.host, hostname: issuer.hostname };
  for (const [name, value] of Object.entries({
    ...pinned,
    secure: pinned.protocol === 'https',
    origin: issuer.origin,
  })) {
    Object.defineProperty(app.request, name, { configurable: true, get: () => value });
  }
}

/** Another host than the issuer's (`host:port`), for those paths that it `serves`. */
export interface OtherHost {
  readonly host: string;
  serves(path: string): boolean;
}

/**
 * Refuses requests for any other host. This is an authentication control, too: a client assertion made for another
 * server must not be relayed to us under that server's name.
 */
export function refuseOtherHosts(issuer: URL, allowed?: OtherHost): Middleware {
  const expected = issuer.host.toLowerCase();
  const withPort =
    `${issuer.hostname}:${issuer.port || (issuer.protocol === 'https:' ? '443' : '80')}`.toLowerCase();
  return (ctx, next) => {
    // RFC 9112 3.2: with two of them, we and a proxy in front of us could each go by another one.
    if ((ctx.req.headersDistinct['host'] ?? []).length > 1) throw new AppError('bad_request', 400);
    const host = (ctx.req.headers.host ?? '').toLowerCase();
    if (host === expected || host === withPort) return next();
    if (allowed?.host === host && allowed.serves(ctx.path)) return next();
    throw new AppError('wrong_host', 421);
  };
}
