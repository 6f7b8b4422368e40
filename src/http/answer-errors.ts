import type { Context, Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import { StoreUnavailableError } from '../store/store.js';
import { requestScope } from './request-scope.js';

/** What an error looks like to whoever asked: `code` from the catalogue, or one of the library's. */
export interface ErrorAnswer {
  code: string;
  status: number;
  description?: string;
  reference: string;
  retryAfterSeconds?: number;
}

/** Anything thrown becomes an error with an answer; what isn't known is `internal` and its cause goes to the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof StoreUnavailableError)
    return new AppError('store_unavailable', 503, { cause: error, retryAfter: 2 });
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown };
  if (expose === true && typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError(status === 404 ? 'not_found' : 'bad_request', status, { cause: error });
  }
  return new AppError('internal', 500, { cause: error });
}

/** The one place that turns errors into answers: a page for people, JSON for programs. */
export function answerErrors(renderPage: (ctx: Context, answer: ErrorAnswer) => void): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new AppError('not_found', 404);
      if (ctx.status === 405 || ctx.status === 501) throw new AppError('method_not_allowed', 405);
    } catch (thrown) {
      answerError(ctx, toAppError(thrown), renderPage);
    }
  };
}

function answerError(
  ctx: Context,
  error: AppError,
  renderPage: (ctx: Context, answer: ErrorAnswer) => void,
): void {
  const scope = requestScope();
  logRefusal(error);
  const answer: ErrorAnswer = { code: error.code, status: error.status, reference: scope?.id ?? '' };
  if (error.retryAfter !== undefined) {
    answer.retryAfterSeconds = error.retryAfter;
    ctx.set('Retry-After', String(error.retryAfter));
  }
  ctx.status = error.status;
  if (ctx.accepts('json', 'html') === 'html') renderPage(ctx, answer);
  else ctx.body = { error: error.code, error_description: error.message, reference: answer.reference };
}

function logRefusal({ code, status, cause }: AppError): void {
  const log = requestScope()?.log;
  // An outage fails every request alike: where each of them was by then is of no interest.
  if (cause instanceof StoreUnavailableError)
    log?.warn({ error: code, reason: cause.message }, 'request refused');
  else if (status >= 500 && code !== 'overloaded') log?.error({ error: code, err: cause }, 'request refused');
  else log?.info({ error: code, err: cause }, 'request refused');
}
