import type { Middleware } from 'koa';
import { formBody } from '../http/form-body.js';

/** What an address may hold, less the address itself. */
const LONGEST_FORM = 7168;

/**
 * Authorization and logout requests by POST (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2): sent on to the same
 * request by GET. The library would take them itself only with SameSite=None cookies, which every site could then use.
 */
export function acceptRequestsByPost(paths: readonly string[]): Middleware {
  const parse = formBody(LONGEST_FORM);
  return (ctx, next) => {
    if (ctx.method !== 'POST' || !paths.includes(ctx.path)) return next();
    return parse(ctx, async () => {
      ctx.status = 303;
      ctx.redirect(`${ctx.path}?${ctx.request.rawBody ?? ''}`);
    });
  };
}
