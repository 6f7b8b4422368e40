import type { Middleware } from 'koa';

/**
 * `/healthz` says that the process lives; `/readyz` that it can do its work: the store answers and the keys are there.
 * Probes come by address, so they stand before the host is checked.
 */
export function healthEndpoints(isReady: () => Promise<boolean>): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/healthz' && ctx.path !== '/readyz') return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    const ready = ctx.path === '/healthz' || (await isReady());
    ctx.status = ready ? 200 : 503;
    ctx.set('Cache-Control', 'no-store');
    if (!ready) ctx.set('Retry-After', '2');
    ctx.body = { status: ready ? 'ok' : 'unavailable' };
  };
}
