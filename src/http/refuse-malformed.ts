import type { Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';

/** Room for a request with an ID Token as hint and a long state. What is in it is kept while somebody signs in. */
const LONGEST_ADDRESS = 8192;
/** Reading a query costs the square of the number of its parameters. */
const MOST_PARAMETERS = 100;

/** Addresses that can't be read the same way by everybody who reads them are refused before anybody does. */
export function refuseMalformedRequests(): Middleware {
  return (ctx, next) => {
    const address = ctx.req.url ?? '';
    if (address.length > LONGEST_ADDRESS) throw new AppError('address_too_long', 414);
    const [path = '', query = ''] = splitOnce(address, '?');
    if (
      !path.startsWith('/') ||
      path.startsWith('//') ||
      !isReadable(path) ||
      !isReadable(query.replaceAll('+', ' ')) ||
      query.split('&', MOST_PARAMETERS + 1).length > MOST_PARAMETERS
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
