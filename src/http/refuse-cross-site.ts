import type { Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';

/**
 * Our own forms are posted from our own pages. SameSite cookies and the token in each form say so already; this is
 * the line that also holds when a sibling domain is hostile. Browsers send at least one of the two headers.
 */
export function refuseCrossSitePosts(issuer: URL): Middleware {
  return (ctx, next) => {
    if (ctx.method !== 'POST') return next();
    const site = ctx.get('Sec-Fetch-Site');
    const origin = ctx.get('Origin');
    // Under Referrer-Policy no-referrer a same-origin form post has the Origin `null`: then Sec-Fetch-Site decides.
    const foreignOrigin = origin !== '' && origin !== 'null' && origin !== issuer.origin;
    const foreignSite = site !== '' && site !== 'same-origin' && site !== 'none';
    if (foreignOrigin || foreignSite) throw new AppError('cross_site_request', 403);
    return next();
  };
}
