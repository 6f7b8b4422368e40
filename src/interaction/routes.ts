import type { Context, Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import { formBody, formField } from '../http/form-body.js';
import { refuseCrossSitePosts } from '../http/refuse-cross-site.js';
import { pathParameter, route, routes, type AccessRule } from '../http/routes.js';
import type { Door, Step } from '../oidc/door.js';
import { handleConsent, showConsent, switchAccount, type ConsentDeps } from './consent.js';
import { createDeviceCookie } from './device-cookie.js';
import { handleSignIn, showSignIn, type SignInDeps } from './sign-in.js';
import { interactionUrls } from './urls.js';

/** The pages between the authorization request and the way back to the app. */
export function interactionRoutes(deps: { issuer: URL; door: Door } & SignInDeps & ConsentDeps): Middleware {
  const prefix = `${deps.issuer.pathname.replace(/\/$/u, '')}/interaction`;
  const urls = interactionUrls(prefix);
  const deviceCookie = createDeviceCookie(deps.issuer);

  /** The browser whose cookie started this sign-in. */
  const ofThisBrowser: AccessRule<Step> = (ctx) => deps.door.open(ctx, pathParameter(ctx, 'uid'));

  /** It has sent a form of the step that it is at, not of one before it, as after the back button. */
  const atStep =
    (prompt: string | undefined): AccessRule<Step> =>
    async (ctx) => {
      const step = await ofThisBrowser(ctx);
      step.checkCsrf(formField(ctx.request.body, 'csrf'));
      if (prompt !== undefined && step.prompt.name !== prompt) throw new AppError('sign_in_expired', 400);
      return step;
    };

  const show = (path: string) =>
    route({
      method: 'GET',
      path,
      access: ofThisBrowser,
      handle: (ctx, step) => {
        if (step.prompt.name === 'login') return showSignIn(ctx, step, urls, deps);
        if (step.prompt.name === 'consent') return showConsent(ctx, step, urls, deps);
        throw new AppError('sign_in_expired', 400);
      },
    });

  const post = (
    path: string,
    prompt: string | undefined,
    handle: (ctx: Context, step: Step) => Promise<void>,
  ) =>
    route({
      method: 'POST',
      path: `/:uid/${path}`,
      before: [refuseCrossSitePosts(deps.issuer), formBody()],
      access: atStep(prompt),
      handle,
    });

  return routes(prefix, [
    show('/:uid'),
    // Where a reload or the back button leads after a failed try.
    show('/:uid/:step'),
    post('sign-in', 'login', (ctx, step) => handleSignIn(ctx, step, urls, { ...deps, deviceCookie })),
    post('consent', 'consent', (_ctx, step) => handleConsent(step, deps)),
    post('switch-account', 'consent', (_ctx, step) => switchAccount(step, deps)),
    post('cancel', undefined, (_ctx, step) => step.cancel()),
  ]);
}
