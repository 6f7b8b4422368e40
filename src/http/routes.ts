import Router from '@koa/router';
import type { Context, Middleware } from 'koa';

/**
 * Who may call a route: lets a request through by returning what its handler works with, or throws. It runs before the
 * handler, and the handler gets nothing else: a route without a rule can't be written down, nor one that forgets it.
 */
export type AccessRule<Granted> = (ctx: Context) => Promise<Granted> | Granted;

export interface Route<Granted> {
  method: 'GET' | 'POST';
  path: string;
  /** What has to be read or refused before the rule can judge: bodies, posts from other sites. */
  before?: readonly Middleware[];
  access: AccessRule<Granted>;
  handle: (ctx: Context, granted: Granted) => Promise<void> | void;
}

/** A route made ready: what its rule grants is between the rule and its handler. */
export interface GuardedRoute {
  method: 'GET' | 'POST';
  path: string;
  middleware: Middleware[];
}

export function route<Granted>({ method, path, before = [], access, handle }: Route<Granted>): GuardedRoute {
  return { method, path, middleware: [...before, async (ctx) => handle(ctx, await access(ctx))] };
}

export function routes(prefix: string, list: readonly GuardedRoute[]): Middleware {
  const router = new Router({ prefix });
  for (const { method, path, middleware } of list) {
    router.register(path, [method], middleware as Parameters<typeof router.register>[2]);
  }
  return router.routes() as Middleware;
}

/** A part of the path that a route names, `:uid`. */
export function pathParameter(ctx: Context, name: string): string {
  return String((ctx as unknown as { params: Record<string, string> }).params[name]);
}
