import type { Middleware } from 'koa';
import type { CertificateReader } from './client-certificate.js';

/**
 * Reads the certificate of every request, not only where one is needed: a header that nobody may set is refused at every
 * address, and an operator whose proxy lets one through learns of it at once.
 */
export function refuseStrayCertificates(read: CertificateReader): Middleware {
  return (ctx, next) => {
    read(ctx.req);
    return next();
  };
}
