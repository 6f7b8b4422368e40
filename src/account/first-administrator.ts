import type { Context, Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import type { FirstAdministrator } from '../domain/first-administrator.js';
import type { Vault } from '../domain/vault.js';
import { formBody, formField } from '../http/form-body.js';
import type { Presenter } from '../http/presenter.js';
import { refuseCrossSitePosts } from '../http/refuse-cross-site.js';
import { pathParameter, route, routes, type AccessRule } from '../http/routes.js';
import { sameText } from '../http/same-text.js';
import type { FirstAdministratorFault } from '../pages/page-data.js';

/** Where the link for the first administrator leads. */
export function firstAdministratorUrl(issuer: string, token: string): string {
  return `${issuer}/first-administrator/${token}`;
}

/** The page behind the one-time link that is printed at start while nobody administers Gatehouse. */
export function firstAdministratorRoutes(deps: {
  issuer: URL;
  presenter: Presenter;
  firstAdministrator: FirstAdministrator;
  vault: Vault;
  minimumLength: number;
}): Middleware {
  const { presenter, firstAdministrator, vault, minimumLength } = deps;
  const prefix = `${deps.issuer.pathname.replace(/\/$/u, '')}/first-administrator`;
  const csrfFor = (token: string) => vault.fingerprint('csrf', token);
  const proofFor = (token: string) => vault.fingerprint('first-administrator-done', token);

  const form = (
    ctx: Context,
    token: string,
    values: { login?: string; name?: string },
    faults: FirstAdministratorFault[],
  ) => {
    presenter.show(ctx, 'first-administrator', {
      action: `${prefix}/${token}`,
      csrf: csrfFor(token),
      values,
      faults,
      minimumLength,
    });
  };

  /** Whoever holds the link while it works. */
  const linkHolder: AccessRule<string> = async (ctx) => {
    const token = pathParameter(ctx, 'token');
    if (!(await firstAdministrator.check(token))) throw new AppError('link_invalid', 410);
    return token;
  };

  const show = route({
    method: 'GET',
    path: '/:token',
    access: linkHolder,
    handle: (ctx, token) => form(ctx, token, {}, []),
  });

  const complete = route({
    method: 'POST',
    path: '/:token',
    before: [refuseCrossSitePosts(deps.issuer), formBody()],
    access: async (ctx) => {
      const token = await linkHolder(ctx);
      if (!sameText(formField(ctx.request.body, 'csrf'), csrfFor(token))) {
        throw new AppError('cross_site_request', 403);
      }
      return token;
    },
    handle: async (ctx, token) => {
      const body = ctx.request.body;
      const login = formField(body, 'login') ?? '';
      const name = formField(body, 'name') ?? '';
      const outcome = await firstAdministrator.complete(token, {
        login,
        password: formField(body, 'password') ?? '',
        ...(name.trim() === '' ? {} : { name }),
      });
      if (outcome.kind === 'link-invalid') throw new AppError('link_invalid', 410);
      if (outcome.kind === 'done') {
        // RFC 9110 section 15.4.4: a reload asks for the page again, and not for another administrator.
        ctx.status = 303;
        ctx.redirect(`${prefix}/${token}/done?proof=${proofFor(token)}`);
        return;
      }
      ctx.status = 400;
      form(ctx, token, { login, name }, outcome.faults);
    },
  });

  /** The link is used up by then and opens nothing; the proof is that it did once. */
  const done = route({
    method: 'GET',
    path: '/:token/done',
    access: (ctx) => {
      const { proof } = ctx.query;
      const expected = proofFor(pathParameter(ctx, 'token'));
      if (!sameText(typeof proof === 'string' ? proof : undefined, expected))
        throw new AppError('not_found', 404);
    },
    handle: (ctx) => presenter.show(ctx, 'first-administrator-done', {}),
  });

  return routes(prefix, [show, complete, done]);
}
