import type { Middleware } from 'koa';
import type { Asset } from '../pages/assets.js';

/** Style sheets and scripts of the pages: their names carry a hash of the content, so they may be kept for ever. */
export function serveAssets(prefix: string, assets: readonly Asset[]): Middleware {
  const byPath = new Map(assets.map((asset) => [prefix + asset.name, asset]));
  return (ctx, next) => {
    const asset = byPath.get(ctx.path);
    if (!asset || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.set({ 'Cache-Control': 'public, max-age=31536000, immutable', ETag: asset.etag });
    ctx.type = asset.type;
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = asset.bytes;
    return;
  };
}

/** Browsers ask for it beside every answer that names no icon, JSON for example: ours is the mark. */
export function serveFavicon(assets: readonly Asset[]): Middleware {
  const mark = assets.find(({ name }) => name.startsWith('mark.'));
  return (ctx, next) => {
    if (!mark || ctx.path !== '/favicon.ico' || (ctx.method !== 'GET' && ctx.method !== 'HEAD'))
      return next();
    // Not for ever: this name has no hash of the content.
    ctx.set('Cache-Control', 'public, max-age=86400');
    ctx.type = mark.type;
    ctx.body = mark.bytes;
    return undefined;
  };
}
