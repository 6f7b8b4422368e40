import Router from '@koa/router';
import type { Context, Middleware } from 'koa';

/**
 * Who may call a route. `public`: anybody. `interaction`: the browser whose cookie started this sign-in.
 * `one-time-link`: whoever holds an unused link. A route without a rule can't be written down.
 */
export type Access = 'public' | 'interaction' | 'one-time-link';

export interface Route {
  method: 'GET' | 'POST';
  path: string;
  access: Access;
  before?: Middleware[];
  handle: (ctx: Context) => Promise<void> | void;
}

export function routes(prefix: string, list: readonly Route[]): Middleware {
  const router = new Router({ prefix });
  for (const { method, path, before = [], handle } of list) {
    router.register(path, [method], [...before, (ctx) => handle(ctx)] as Middleware[]);
  }
  return router.routes() as Middleware;
}
