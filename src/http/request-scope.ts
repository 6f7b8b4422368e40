import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';

/** What one request carries along without handing it through every call. */
export interface RequestScope {
  /** Names the request in the log and on error pages. Random: a client can't choose it. */
  id: string;
  log: Logger;
  /** Address of the client, as far as it can be trusted. */
  address: string;
  /** What this request has read from the store, so that what it writes can be told from what it found. */
  reads: Map<string, unknown>;
  /** What this request failed with when the store turned out to be away. */
  storeFailure?: Error;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** The scope of the request under way; undefined in background work. */
export function requestScope(): RequestScope | undefined {
  return scopes.getStore();
}

/** Opens the scope of each request and logs its end: method, path, status, time. Never a query or a body. */
export function openRequestScope(
  log: Logger,
  addressOf: (ctx: Parameters<Middleware>[0]) => string,
): Middleware {
  return (ctx, next) => {
    const id = randomBytes(9).toString('base64url');
    const scope: RequestScope = {
      id,
      log: log.child({ request: id }),
      address: addressOf(ctx),
      reads: new Map(),
    };
    const started = performance.now();
    ctx.set('X-Request-Id', id);
    ctx.res.once('close', () => {
      const ms = Math.round((performance.now() - started) * 10) / 10;
      const finished = ctx.res.writableFinished;
      scope.log.info(
        { method: ctx.method, path: redactPath(ctx.path), status: ctx.res.statusCode, ms, finished },
        'request',
      );
    });
    return scopes.run(scope, next);
  };
}

/** Some paths end in a value that is a secret while it lives: what a one-time link carries, an interaction's id. */
function redactPath(path: string): string {
  return path.replace(/\/(first-administrator|interaction|auth|device(?!\/auth$))\/[^/]+/iu, '/$1/…');
}
