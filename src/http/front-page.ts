import type { Context, Middleware } from 'koa';
import type { Presenter } from './presenter.js';
import { route, routes } from './routes.js';

/** At the issuer's own address: a few words for people who typed it in, and for programs where to go on. */
export function frontPage(issuer: string, presenter: Presenter): Middleware {
  const path = new URL(issuer).pathname.replace(/\/$/u, '');
  const handle = (ctx: Context) => {
    ctx.vary('Accept');
    if (ctx.accepts('json', 'html') === 'html') return presenter.show(ctx, 'front-page', {});
    ctx.body = { issuer, openid_configuration: `${issuer}/.well-known/openid-configuration` };
  };
  const addresses = [...new Set(['/', path || '/'])];
  return routes(
    '',
    addresses.map((at) => route({ method: 'GET', path: at, access: anybody, handle })),
  );
}

const anybody = () => undefined;
