import type { Context, Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import { formBody, formField } from '../http/form-body.js';
import { refuseCrossSitePosts } from '../http/refuse-cross-site.js';
import { routes } from '../http/routes.js';
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
  const uidOf = (ctx: Context) => String((ctx as unknown as { params: { uid: string } }).params.uid);

  const show = async (ctx: Context) => {
    const step = await deps.door.open(ctx, uidOf(ctx));
    if (step.prompt.name === 'login') return showSignIn(ctx, step, urls, deps);
    if (step.prompt.name === 'consent') return showConsent(ctx, step, urls, deps);
    throw new AppError('sign_in_expired', 400);
  };

  /** A form of one step, posted: refused when the browser has moved on to another, as after the back button. */
  const post = (
    path: string,
    prompt: string | undefined,
    handle: (ctx: Context, step: Step) => Promise<void>,
  ) => ({
    method: 'POST' as const,
    path: `/:uid/${path}`,
    access: 'interaction' as const,
    before: [refuseCrossSitePosts(deps.issuer), formBody()],
    handle: async (ctx: Context) => {
      const step = await deps.door.open(ctx, uidOf(ctx));
      step.checkCsrf(formField(ctx.request.body, 'csrf'));
      if (prompt !== undefined && step.prompt.name !== prompt) throw new AppError('sign_in_expired', 400);
      await handle(ctx, step);
    },
  });

  return routes(prefix, [
    { method: 'GET', path: '/:uid', access: 'interaction', handle: show },
    // Where a reload or the back button leads after a failed try.
    { method: 'GET', path: '/:uid/:step', access: 'interaction', handle: show },
    post('sign-in', 'login', (ctx, step) => handleSignIn(ctx, step, urls, { ...deps, deviceCookie })),
    post('consent', 'consent', (_ctx, step) => handleConsent(step, deps)),
    post('switch-account', 'consent', (ctx, step) => switchAccount(ctx, step, deps)),
    post('cancel', undefined, (_ctx, step) => step.cancel()),
  ]);
}
