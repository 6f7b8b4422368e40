import type { Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';

/** Addresses that can't be read the same way by everybody who reads them are refused before anybody does. */
export function refuseMalformedRequests(): Middleware {
  return (ctx, next) => {
    const [path = '', query = ''] = splitOnce(ctx.req.url ?? '', '?');
    if (
      !path.startsWith('/') ||
      path.startsWith('//') ||
      !isReadable(path) ||
      !isReadable(query.replaceAll('+', ' '))
    ) {
      throw new AppError('bad_request', 400);
    }
    return next();
  };
}

/** Well-formed percent-encoding of well-formed UTF-8, without NUL. */
function isReadable(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes('\0');
  } catch {
    return false;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
