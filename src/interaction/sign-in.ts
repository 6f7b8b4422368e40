import type { Context } from 'koa';
import { passwordSignIn, type SignIn } from '../domain/sign-in.js';
import type { UserSessions } from '../domain/user-sessions.js';
import type { Users } from '../domain/users.js';
import type { Clock } from '../store/store.js';
import { AppError } from '../domain/app-error.js';
import { formField } from '../http/form-body.js';
import type { Presenter } from '../http/presenter.js';
import { requestScope } from '../http/request-scope.js';
import type { Step } from '../oidc/door.js';
import type { PageData } from '../pages/page-data.js';
import type { DeviceCookie } from './device-cookie.js';
import type { InteractionUrls } from './urls.js';

type Problem = NonNullable<PageData['interaction/sign-in']['problem']>;

export interface SignInDeps {
  presenter: Presenter;
  signIn: SignIn;
  users: Users;
  userSessions: UserSessions;
  clock: Clock;
}

/** Shows the sign-in page; the name is filled in from the failed try, the hint or the session, in this order. */
export async function showSignIn(
  ctx: Context,
  step: Step,
  urls: InteractionUrls,
  deps: SignInDeps,
  failed?: { login: string; problem: Problem },
): Promise<void> {
  const signedIn = step.session && (await deps.users.find(step.session.accountId));
  const signedInAs =
    signedIn && signedIn.disabledAt === undefined ? (signedIn.email ?? signedIn.username) : undefined;
  const hint = step.params['login_hint'];
  const login = failed?.login ?? (typeof hint === 'string' ? hint.slice(0, 320) : signedInAs);
  const data: PageData['interaction/sign-in'] = {
    client: step.client,
    action: urls.signIn(step.uid),
    cancelAction: urls.cancel(step.uid),
    csrf: step.csrf,
  };
  if (login !== undefined) data.login = login;
  if (failed) data.problem = failed.problem;
  if (signedInAs !== undefined && hintMeans(hint, signedIn)) data.reauthenticate = { account: signedInAs };
  deps.presenter.show(ctx, 'interaction/sign-in', data, step.uiLocales);
}

/** Whether the app, when it hints at somebody, means who is signed in: another one isn't asked to confirm it's them. */
function hintMeans(hint: unknown, user: { email?: string; username?: string } | undefined): boolean {
  if (typeof hint !== 'string' || hint === '') return true;
  return [user?.email, user?.username].some((name) => name?.toLowerCase() === hint.toLowerCase());
}

/** Takes login and password, and goes on with the authorization request when they are right. */
export async function handleSignIn(
  ctx: Context,
  step: Step,
  urls: InteractionUrls,
  deps: SignInDeps & { deviceCookie: DeviceCookie },
): Promise<void> {
  const login = formField(ctx.request.body, 'login') ?? '';
  const password = formField(ctx.request.body, 'password') ?? '';
  const again = (status: number, problem: Problem) => {
    ctx.status = status;
    if ('seconds' in problem) ctx.set('Retry-After', String(problem.seconds));
    return showSignIn(ctx, step, urls, deps, { login: login.slice(0, 320), problem });
  };
  if (login.trim() === '' || password === '') return again(400, { code: 'missing_fields' });

  const judgedAt = deps.clock();
  const outcome = await deps.signIn
    .signIn({
      login,
      password,
      address: requestScope()?.address ?? '',
      device: deps.deviceCookie.read(ctx),
    })
    .catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'overloaded')
        return { kind: 'overloaded' as const, error };
      throw error;
    });
  const log = requestScope()?.log;
  log?.info({ event: 'sign_in', outcome: outcome.kind, client_id: step.client.id }, 'sign-in');
  switch (outcome.kind) {
    case 'overloaded':
      return again(503, { code: 'overloaded', seconds: outcome.error.retryAfter ?? 2 });
    case 'throttled':
      return again(429, { code: 'throttled', seconds: outcome.retryAfterSeconds });
    case 'refused':
      return again(401, { code: 'wrong_credentials' });
    case 'signed-in': {
      const { id } = outcome.user;
      // Another person takes over this browser: the session of the one before ends, and their apps are told.
      if (step.session && step.session.accountId !== id) await deps.userSessions.end(step.session.uid);
      await step.signIn({ accountId: id, acr: passwordSignIn.acr, amr: [...passwordSignIn.amr], judgedAt });
      deps.deviceCookie.write(ctx, outcome.device);
    }
  }
}
