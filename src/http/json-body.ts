import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import { AppError } from '../domain/app-error.js';

/** Reads a small JSON body. What it holds is anything that JSON can say. */
export async function jsonBody(ctx: Context, limitBytes = 57_344): Promise<unknown> {
  if (!ctx.is('application/json')) {
    const message = 'the body must be application/json';
    throw new AppError('unsupported_content_type', 415, { message });
  }
  const parse = bodyParser({
    enableTypes: ['json'],
    jsonLimit: limitBytes,
    onError: (cause) => {
      const tooLarge = (cause as { type?: string }).type === 'entity.too.large';
      throw tooLarge
        ? new AppError('body_too_large', 413, { cause })
        : new AppError('bad_request', 400, { cause });
    },
  });
  await parse(ctx, async () => {});
  return ctx.request.body;
}
