import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type Koa from 'koa';
import type { Users } from '../domain/users.js';
import type { Presenter } from '../http/presenter.js';
import { accountLabel } from '../domain/account-label.js';
import { clientView } from './client-view.js';

type LogoutFeature = NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>;

const uiLocales = (ctx: KoaContextWithOIDC): string | undefined => {
  const value = ctx.oidc.params?.['ui_locales'];
  return typeof value === 'string' ? value : undefined;
};

/** The pages of RP-initiated logout: asking, and having done it. */
export function createLogoutPages(
  presenter: Presenter,
  users: Users,
): Required<Omit<LogoutFeature, 'enabled'>> {
  return {
    async logoutSource(ctx) {
      const { session, client } = ctx.oidc;
      const user = session?.accountId === undefined ? undefined : await users.find(session.accountId);
      presenter.show(
        ctx,
        'interaction/sign-out',
        {
          action: ctx.oidc.urlFor('end_session_confirm'),
          xsrf: String(session?.state?.['secret']),
          ...(client ? { client: clientView(client) } : {}),
          ...(user ? { account: accountLabel(user) } : {}),
        },
        uiLocales(ctx),
      );
    },
    async postLogoutSuccessSource(ctx) {
      const { client } = ctx.oidc;
      presenter.show(
        ctx,
        'interaction/signed-out',
        client ? { client: clientView(client) } : {},
        uiLocales(ctx),
      );
    },
  };
}

/** Where nobody is signed in the library answers with a bare form that posts itself; ours is shown instead. */
export function replaceAutoSubmitPage(presenter: Presenter): Koa.Middleware {
  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    if (ctx.oidc?.route !== 'end_session' || ctx.status !== 200 || ctx.oidc.session?.accountId !== undefined)
      return;
    const xsrf = ctx.oidc.session?.state?.['secret'];
    if (typeof xsrf !== 'string') return;
    presenter.show(
      ctx,
      'interaction/continue',
      { action: ctx.oidc.urlFor('end_session_confirm'), fields: { xsrf, logout: 'yes' } },
      uiLocales(ctx),
    );
  };
}
