import { randomBytes } from 'node:crypto';
import type { Middleware } from 'koa';

/** Where the nonce of the answer's inline scripts and styles is found. */
export interface SecurityState {
  nonce: string;
}

/**
 * Headers of every answer, the library's own and error pages included. The policy stands before anything else runs,
 * with `script-src` spelled out, because oidc-provider adds the hash of its form_post script to it. There is no
 * `form-action`: browsers apply it to the redirect after a form, and so it would break the way back to the app.
 */
export function securityHeaders(options: { https: boolean }): Middleware<SecurityState> {
  return async (ctx, next) => {
    const nonce = randomBytes(16).toString('base64url');
    ctx.state.nonce = nonce;
    ctx.set({
      'Content-Security-Policy': [
        "default-src 'none'",
        `script-src 'self' 'nonce-${nonce}'`,
        `style-src 'self' 'nonce-${nonce}'`,
        "img-src 'self' https: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      'Cache-Control': 'no-store',
    });
    if (options.https) ctx.set('Strict-Transport-Security', 'max-age=63072000; includeSubDomains');
    await next();
  };
}
