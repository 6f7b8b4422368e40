import type { Context, Middleware } from 'koa';
import { accountLabel } from '../domain/account-label.js';
import { AppError } from '../domain/app-error.js';
import type { Users } from '../domain/users.js';
import { formBody, formField } from '../http/form-body.js';
import type { Presenter } from '../http/presenter.js';
import { refuseCrossSitePosts } from '../http/refuse-cross-site.js';
import { pathParameter, route, routes, type AccessRule } from '../http/routes.js';
import { sameText } from '../http/same-text.js';
import type { AccountDoor, SignedIn } from '../oidc/account-door.js';
import type { Clock } from '../store/store.js';
import { requestPage, requestSummary } from './request-view.js';

/** A page of the account that people may come back to when they have signed in: relative, and of ours. */
const PLACE = /^requests(?:\/[\w-]{43})?$/u;

/** Where a person answers what apps ask them elsewhere (OpenID Connect CIBA): a list, and a page for each. */
export function requestRoutes(deps: {
  issuer: URL;
  door: AccountDoor;
  presenter: Presenter;
  users: Users;
  clock: Clock;
}): Middleware {
  const { door, presenter, users, clock } = deps;
  const prefix = `${deps.issuer.pathname.replace(/\/$/u, '')}/account`;
  const urlOf = (name: string) => `${prefix}/requests/${name}`;

  /** Who is signed in in this browser; the page sends others to sign in first. */
  const whoeverIsSignedIn: AccessRule<SignedIn | undefined> = (ctx) => door.person(ctx);

  const askedPerson: AccessRule<SignedIn> = async (ctx) => {
    const person = await door.person(ctx);
    if (!person) throw new AppError('sign_in_expired', 400);
    if (!sameText(formField(ctx.request.body, 'csrf'), person.csrf))
      throw new AppError('cross_site_request', 403);
    return person;
  };

  async function requestOf(person: SignedIn, ctx: Context) {
    const request = await door.requests().find(person.accountId, pathParameter(ctx, 'name'));
    if (!request) throw new AppError('not_found', 404);
    const { maxAge, askedAt } = request;
    // OpenID Connect Core 3.1.2.1: older than the client has asked for, when it asked.
    const signInAgain = maxAge !== undefined && person.authTime < askedAt - maxAge;
    return { ...request, signInAgain };
  }

  async function labelOf(person: SignedIn) {
    const user = await users.find(person.accountId);
    if (!user) throw new AppError('sign_in_expired', 400);
    return accountLabel(user);
  }

  const list = route({
    method: 'GET',
    path: '/requests',
    access: whoeverIsSignedIn,
    handle: async (ctx, person) => {
      if (!person) return goTo(ctx, await door.signInUrl('requests'));
      const pending = await door.requests().listPending(person.accountId);
      presenter.show(ctx, 'account/requests', {
        account: await labelOf(person),
        requests: pending.map((request) => requestSummary(request, urlOf(request.name), clock())),
      });
    },
  });

  const show = route({
    method: 'GET',
    path: '/requests/:name',
    access: whoeverIsSignedIn,
    handle: async (ctx, person) => {
      const place = `requests/${pathParameter(ctx, 'name')}`;
      if (!person) {
        if (!PLACE.test(place)) throw new AppError('not_found', 404);
        return goTo(ctx, await door.signInUrl(place));
      }
      const request = await requestOf(person, ctx);
      const { client, state } = request;
      if (state !== 'pending')
        return presenter.show(ctx, 'account/request-over', { client, state, listUrl: `${prefix}/requests` });
      if (request.signInAgain) return goTo(ctx, await door.signInUrl(place, { again: true }));
      const account = await labelOf(person);
      const form = { csrf: person.csrf, account, action: urlOf(request.name) };
      presenter.show(ctx, 'account/request', requestPage(request, form, clock()));
    },
  });

  const answer = (path: string, decision: 'approve' | 'deny') =>
    route({
      method: 'POST',
      path: `/requests/:name/${path}`,
      before: [refuseCrossSitePosts(deps.issuer), formBody()],
      access: askedPerson,
      handle: async (ctx, person) => {
        const request = await requestOf(person, ctx);
        if (decision === 'deny' || !request.signInAgain)
          await door.requests().answer(person, request.name, decision);
        // That page says what came of it, whoever was faster.
        goTo(ctx, urlOf(request.name));
      },
    });

  /** The way back from the sign-in. Whoever is sent here without one is asked to sign in by the page. */
  const signedIn = route({
    method: 'GET',
    path: '/signed-in',
    access: () => undefined,
    handle: (ctx) => {
      const { state, error } = ctx.query;
      const place = error === undefined && typeof state === 'string' && PLACE.test(state) ? state : undefined;
      goTo(ctx, place === undefined ? deps.issuer.href : `${prefix}/${place}`);
    },
  });

  return routes(prefix, [list, show, answer('approve', 'approve'), answer('deny', 'deny'), signedIn]);
}

/** RFC 9110 15.4.4. */
function goTo(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}
