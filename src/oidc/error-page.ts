import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Presenter } from '../http/presenter.js';
import { requestScope } from '../http/request-scope.js';
import { clientView } from './client-view.js';
import { endpointAt } from './endpoints.js';

/** Errors that can't go back to the app: a page in words, with a reference that is also in the log. */
export function createErrorPage(presenter: Presenter): NonNullable<Configuration['renderError']> {
  return async (ctx, out) => {
    const { client, params } = (ctx as KoaContextWithOIDC).oidc ?? {};
    // Also to those that say they prefer HTML, as some HTTP libraries do by themselves.
    if (endpointAt('', ctx.path, { ciba: true })?.answers === 'programs') {
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
