import type { Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';

/** What announces a body larger than anything that is asked for is refused unread. Forms have smaller limits of theirs. */
export function limitBodies(limitBytes = 57_344): Middleware {
  return (ctx, next) => {
    if ((ctx.request.length ?? 0) > limitBytes) throw new AppError('body_too_large', 413);
    return next();
  };
}
