import { bodyParser } from '@koa/bodyparser';
import type { Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';

/** Reads a small urlencoded form into `ctx.request.body`; anything else is refused before a handler sees it. */
export function formBody(limitBytes = 16_384): Middleware {
  const parse = bodyParser({
    enableTypes: ['form'],
    formLimit: limitBytes,
    onError: (cause) => {
      const tooLarge = (cause as { type?: string }).type === 'entity.too.large';
      throw tooLarge
        ? new AppError('body_too_large', 413, { cause })
        : new AppError('bad_request', 400, { cause });
    },
  });
  return (ctx, next) => {
    if (ctx.method !== 'POST') return next();
    if (!ctx.is('application/x-www-form-urlencoded')) throw new AppError('unsupported_content_type', 415);
    return parse(ctx, next);
  };
}

/** A field that was sent once, as text; undefined when it is missing; refused when it came twice or is not text. */
export function formField(body: unknown, name: string): string | undefined {
  const fields = (body ?? {}) as Record<string, unknown>;
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.includes('\0')) throw new AppError('bad_request', 400);
  return value;
}
