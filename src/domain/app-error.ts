/** Codes of the errors that a person or a program can meet; each has a message in every language's catalogue. */
export type AppErrorCode =
  | 'bad_request'
  | 'body_too_large'
  | 'unsupported_content_type'
  | 'cross_site_request'
  | 'wrong_host'
  | 'not_found'
  | 'method_not_allowed'
  | 'sign_in_expired'
  | 'cookies_missing'
  | 'link_invalid'
  | 'throttled'
  | 'overloaded'
  | 'store_unavailable'
  | 'internal';

/**
 * An error with an answer: `code` picks the public message, `status` the HTTP status; `cause` is for the log alone and
 * never leaves the server.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;
  readonly status: number;
  /** Seconds after which a new try makes sense: the Retry-After header. */
  readonly retryAfter?: number;

  constructor(
    code: AppErrorCode,
    status: number,
    options: { cause?: unknown; retryAfter?: number; message?: string } = {},
  ) {
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}
