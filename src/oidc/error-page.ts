import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Presenter } from '../http/presenter.js';
import { requestScope } from '../http/request-scope.js';
import { clientView } from './client-view.js';

/** RFC 6749 5.2, 6750 3, 7009 2.2.1, 7662 2.3: these answer programs in JSON, also those that say they prefer HTML. */
const FOR_PROGRAMS = new Set(['token', 'userinfo', 'revocation', 'introspection', 'jwks', 'discovery']);

/** Errors that can't go back to the app: a page in words, with a reference that is also in the log. */
export function createErrorPage(presenter: Presenter): NonNullable<Configuration['renderError']> {
  return async (ctx, out) => {
    const { client, params, route } = (ctx as KoaContextWithOIDC).oidc ?? {};
    if (FOR_PROGRAMS.has(route)) {
      ctx.body = out;
      return;
    }
    const uiLocales = params?.['ui_locales'];
    presenter.show(
      ctx,
      'error',
      {
        code: out.error,
        ...(out.error_description === undefined ? {} : { description: out.error_description }),
        reference: requestScope()?.id ?? '',
        status: ctx.status,
        ...(ctx.status === 503 ? { retryAfterSeconds: 2 } : {}),
        ...(client ? { client: clientView(client) } : {}),
      },
      typeof uiLocales === 'string' ? uiLocales : undefined,
    );
  };
}
