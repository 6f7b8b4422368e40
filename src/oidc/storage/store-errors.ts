import { errors } from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';
import { StoreUnavailableError } from '../../store/store.js';

/** The library answers a stranger's error with 500; this one it answers with 503, and nothing is redirected. */
export class TemporarilyUnavailable extends errors.CustomOIDCProviderError {
  constructor(cause: StoreUnavailableError) {
    super('temporarily_unavailable', 'the service is not available at the moment, please try again');
    this.status = 503;
    this.statusCode = 503;
    this.expose = true;
    this.allow_redirect = false;
    this.cause = cause;
  }
}

/**
 * The same port, with a store that is away reported in the library's terms. A request that has waited for the store in
 * vain does not wait again: the library looks the client up once more to say what went wrong.
 */
export function inLibraryTerms<T extends object>(port: T): T {
  return new Proxy(port, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const scope = requestScope();
        if (scope?.storeFailure) throw scope.storeFailure;
        const result: unknown = Reflect.apply(member, target, args);
        return result instanceof Promise ? result.catch(rethrow) : result;
      };
    },
  });
}

function rethrow(error: unknown): never {
  if (!(error instanceof StoreUnavailableError)) throw error;
  const failure = new TemporarilyUnavailable(error);
  const scope = requestScope();
  if (scope) scope.storeFailure = failure;
  throw failure;
}
