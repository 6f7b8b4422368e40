import type { Context } from 'koa';
import { AppError } from '../domain/app-error.js';
import { requestedAccess } from '../domain/requested-access.js';
import type { UserSessions } from '../domain/user-sessions.js';
import type { Users } from '../domain/users.js';
import type { Presenter } from '../http/presenter.js';
import { accountLabel } from '../domain/account-label.js';
import type { Step } from '../oidc/door.js';
import type { PageData } from '../pages/page-data.js';
import type { ConsentStore } from '../store/consents.js';
import type { ServiceStore } from '../store/services.js';
import type { Clock } from '../store/store.js';
import type { InteractionUrls } from './urls.js';

export interface ConsentDeps {
  presenter: Presenter;
  users: Users;
  userSessions: UserSessions;
  consents: ConsentStore;
  services: ServiceStore;
  clock: Clock;
}

/** What the request asks for, single claims (OpenID Connect Core 5.5) among it. */
async function askedFor(step: Step, services: ServiceStore) {
  const { missingOIDCClaims: claims = [] } = step.prompt.details as { missingOIDCClaims?: string[] };
  return { claims, ...(await requestedAccess(step.params, services)) };
}

export async function showConsent(
  ctx: Context,
  step: Step,
  urls: InteractionUrls,
  deps: ConsentDeps,
): Promise<void> {
  const user = step.session && (await deps.users.find(step.session.accountId));
  if (!step.session || !user) throw new AppError('sign_in_expired', 400);
  const { openid, claims, services } = await askedFor(step, deps.services);
  const known = await deps.consents.find(user.id, step.client.id);
  const data: PageData['interaction/consent'] = {
    client: step.client,
    action: urls.consent(step.uid),
    cancelAction: urls.cancel(step.uid),
    switchAccountAction: urls.switchAccount(step.uid),
    csrf: step.csrf,
    account: accountLabel(user),
    scopes: openid.filter((scope) => scope !== 'offline_access').map((name) => ({ name })),
    claims,
    services,
    offlineAccess: openid.includes('offline_access'),
    ...(step.redirectHost === undefined ? {} : { redirectHost: step.redirectHost }),
    firstTime: known === undefined,
  };
  deps.presenter.show(ctx, 'interaction/consent', data, step.uiLocales);
}

/** The person said yes: it is remembered for later sessions, and granted for this one. */
export async function handleConsent(step: Step, deps: ConsentDeps): Promise<void> {
  if (!step.session) throw new AppError('sign_in_expired', 400);
  const { openid, claims, services, details } = await askedFor(step, deps.services);
  await deps.consents.add({
    accountId: step.session.accountId,
    clientId: step.client.id,
    scopes: openid.toSorted(),
    claims,
    // Details are granted for this session. With nothing but them no use of the service was allowed that could be remembered.
    resources: Object.fromEntries(
      services
        .filter(({ scopes, details }) => scopes.length > 0 || details.length === 0)
        .map(({ resource, scopes }) => [resource, scopes.map((scope) => scope.name)]),
    ),
    updatedAt: deps.clock(),
  });
  await step.consent(details);
}

/** "Not you?": the session ends, and the same request starts over with the sign-in page. */
export async function switchAccount(step: Step, deps: ConsentDeps): Promise<void> {
  if (step.session) await deps.userSessions.end(step.session.uid);
  await step.startOver();
}
