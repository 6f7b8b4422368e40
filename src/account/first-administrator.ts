import { timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import type { FirstAdministrator } from '../domain/first-administrator.js';
import type { Vault } from '../domain/vault.js';
import { formBody, formField } from '../http/form-body.js';
import type { Presenter } from '../http/presenter.js';
import { refuseCrossSitePosts } from '../http/refuse-cross-site.js';
import { routes } from '../http/routes.js';
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
  const tokenOf = (ctx: Context) => String((ctx as unknown as { params: { token: string } }).params.token);
  const csrfFor = (token: string) => vault.fingerprint('csrf', token);

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

  /** The token is used up by then, so this address opens nothing; the proof is that it did once. */
  const proofFor = (token: string) => vault.fingerprint('first-administrator-done', token);

  return routes(prefix, [
    {
      method: 'GET',
      path: '/:token/done',
      access: 'one-time-link',
      handle: (ctx) => {
        const { proof } = ctx.query;
        if (!sameText(typeof proof === 'string' ? proof : undefined, proofFor(tokenOf(ctx))))
          throw new AppError('not_found', 404);
        presenter.show(ctx, 'first-administrator-done', {});
      },
    },
    {
      method: 'GET',
      path: '/:token',
      access: 'one-time-link',
      handle: async (ctx) => {
        const token = tokenOf(ctx);
        if (!(await firstAdministrator.check(token))) throw new AppError('link_invalid', 410);
        form(ctx, token, {}, []);
      },
    },
    {
      method: 'POST',
      path: '/:token',
      access: 'one-time-link',
      before: [refuseCrossSitePosts(deps.issuer), formBody()],
      handle: async (ctx) => {
        const token = tokenOf(ctx);
        const body = ctx.request.body;
        if (!sameText(formField(body, 'csrf'), csrfFor(token))) throw new AppError('cross_site_request', 403);
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
    },
  ]);
}

function sameText(sent: string | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(sent ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
