import type { Context, Middleware } from 'koa';
import { AppError, type AppErrorCode } from '../domain/app-error.js';
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
function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof StoreUnavailableError)
    return new AppError('store_unavailable', 503, { cause: error, retryAfter: 2 });
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown };
  if (expose === true && typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError(status === 404 ? 'not_found' : 'bad_request', status, { cause: error });
  }
  return new AppError('internal', 500, { cause: error });
}

/** RFC 6749 5.2 and 4.1.2.1: our codes in the words that OAuth clients know. */
const OAUTH_CODES: Partial<Record<AppErrorCode, string>> = {
  store_unavailable: 'temporarily_unavailable',
  overloaded: 'temporarily_unavailable',
  internal: 'server_error',
};

export interface ErrorForms {
  showPage: (ctx: Context, answer: ErrorAnswer) => void;
  /** What is known of the address: the methods that it takes, and whether only programs read its answers. */
  endpointAt: (path: string) => { methods: readonly string[]; answers: 'programs' | 'people' } | undefined;
}

/** The one place that turns errors into answers: a page for people, JSON for programs. */
export function answerErrors(forms: ErrorForms): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) refuseUnanswered(ctx, forms);
    } catch (thrown) {
      answerError(ctx, toAppError(thrown), forms);
    }
  };
}

/** Nobody has answered: there is nothing here, or nothing that takes this method (RFC 9110 15.5.6). */
function refuseUnanswered(ctx: Context, { endpointAt }: ErrorForms): never {
  const methods = endpointAt(ctx.path)?.methods;
  if (methods === undefined || methods.includes(ctx.method)) throw new AppError('not_found', 404);
  ctx.set('Allow', methods.join(', '));
  throw new AppError('method_not_allowed', 405);
}

function answerError(ctx: Context, error: AppError, { showPage, endpointAt }: ErrorForms): void {
  const scope = requestScope();
  logRefusal(error);
  const answer: ErrorAnswer = { code: error.code, status: error.status, reference: scope?.id ?? '' };
  if (error.retryAfter !== undefined) {
    answer.retryAfterSeconds = error.retryAfter;
    ctx.set('Retry-After', String(error.retryAfter));
  }
  ctx.status = error.status;
  const isOAuth = endpointAt(ctx.path)?.answers === 'programs';
  if (isOAuth)
    ctx.body = { error: OAUTH_CODES[error.code] ?? 'invalid_request', error_description: error.message };
  else if (ctx.accepts('json', 'html') === 'html') showPage(ctx, answer);
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
