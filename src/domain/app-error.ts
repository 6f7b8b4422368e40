/** Codes of the errors that a person or a program can meet; each has a message in every language's catalogue. */
export type AppErrorCode =
  | 'bad_request'
  | 'address_too_long'
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

/** What programs are told; people read the words of their language. Only what RFC 6749 5.2 allows in a description. */
const DESCRIPTIONS: Record<AppErrorCode, string> = {
  bad_request: 'the request is malformed',
  address_too_long: 'the address is too long',
  body_too_large: 'the body is too large',
  unsupported_content_type: 'the body must be application/x-www-form-urlencoded',
  cross_site_request: 'the request comes from another site',
  wrong_host: 'this is not the host of the issuer',
  not_found: 'there is nothing here',
  method_not_allowed: 'this method is not allowed here',
  sign_in_expired: 'this sign-in has ended',
  cookies_missing: 'the cookie of this sign-in is missing',
  link_invalid: 'this link is invalid or was used already',
  throttled: 'there were too many tries, wait before the next',
  overloaded: 'too many requests are being worked on, try again',
  store_unavailable: 'the service is not available at the moment, try again',
  internal: 'something went wrong on the server',
};

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
    super(
      options.message ?? DESCRIPTIONS[code],
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.status = status;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}
