import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type Koa from 'koa';
import type { Users } from '../../domain/users.js';
import type { Presenter } from '../../http/presenter.js';
import { accountLabel } from '../../domain/account-label.js';
import { clientView } from '../client-view.js';

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
      const session = await ctx.oidc.provider.Session.get(ctx);
      const stillSignedIn = session.accountId !== undefined;
      const { client } = ctx.oidc;
      // Anybody can put a client_id into this address: a client is named only where what is said of it is so.
      const ended = stillSignedIn && client && session.authorizations?.[client.clientId] === undefined;
      presenter.show(
        ctx,
        'interaction/signed-out',
        { stillSignedIn, ...(ended ? { client: clientView(client) } : {}) },
        uiLocales(ctx),
      );
    },
  };
}

/**
 * Where there is nothing to ask, the library answers with a bare form that posts itself; ours is shown instead. That is
 * so at a sign-out with nobody signed in, and where a sign-in must first end the session of somebody else, who signed
 * in in another tab meanwhile.
 */
export function replaceAutoSubmitPage(presenter: Presenter): Koa.Middleware {
  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    const { route, session } = ctx.oidc ?? {};
    if (ctx.status !== 200 || !session) return;
    const { secret, postLogoutRedirectUri: goesOnAt } = session.state ?? {};
    const nobodyToSignOut = route === 'end_session' && session.accountId === undefined;
    const somebodyElse =
      (route === 'resume' || route === 'device_resume') &&
      goesOnAt === ctx.oidc.urlFor(route, koaCtx['params']);
    if (typeof secret !== 'string' || !(nobodyToSignOut || somebodyElse)) return;
    presenter.show(
      ctx,
      'interaction/continue',
      { action: ctx.oidc.urlFor('end_session_confirm'), fields: { xsrf: secret, logout: 'yes' } },
      uiLocales(ctx),
    );
  };
}
