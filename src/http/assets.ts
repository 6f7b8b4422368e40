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
