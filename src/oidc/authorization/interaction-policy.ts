import { interactionPolicy } from 'oidc-provider';
import type { Store } from '../../store/store.js';
import { hasUnseenDetails } from './authorization-details.js';
import { contextChecks } from './requested-context.js';
import { hasUnseenService, needsPersonEachTime } from './grants.js';

/** When a person is asked to sign in, and when to consent. */
export function createInteractionPolicy(
  store: Pick<Store, 'consents' | 'services'>,
): interactionPolicy.DefaultPolicy {
  const { base, Check } = interactionPolicy;
  const policy = base();

  // The session of a user who has been disabled or removed: sign in as somebody else.
  policy.get('login')?.checks.add(
    new Check('account_gone', 'End-User authentication is required', 'login_required', (ctx) => {
      const { session, account } = ctx.oidc;
      return session?.accountId !== undefined && account === undefined
        ? Check.REQUEST_PROMPT
        : Check.NO_NEED_TO_PROMPT;
    }),
    0,
  );

  // A sign-in that was judged before the password changed, and taken up after it.
  policy.get('login')?.checks.add(
    new Check('password_changed', 'End-User authentication is required', 'login_required', (ctx) => {
      const { session, account } = ctx.oidc;
      const changedAt = account?.['passwordChangedAt'] as number | undefined;
      if (changedAt === undefined || session?.loginTs === undefined) return Check.NO_NEED_TO_PROMPT;
      return (session.loginTs + 1) * 1000 <= changedAt ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
    1,
  );

  const login = policy.get('login');
  login?.checks.remove('essential_acrs');
  login?.checks.remove('essential_acr');
  for (const check of contextChecks()) login?.checks.add(check);

  const consent = policy.get('consent');
  consent?.checks.remove('native_client_prompt');
  consent?.checks.add(
    new Check(
      'native_client_prompt',
      'native clients require End-User interaction',
      'interaction_required',
      (ctx) => (needsPersonEachTime(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT),
    ),
    0,
  );
  // The library asks for scopes; a token for a service is something even where it holds none.
  consent?.checks.add(
    new Check('service_unseen', 'the service was not consented to', 'consent_required', async (ctx) =>
      (await hasUnseenService(ctx, store)) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  );
  // The library asks each time, also one of the operator's own apps.
  consent?.checks.remove('rar_prompt');
  consent?.checks.add(
    new Check('details_unseen', 'authorization_details were not consented to', 'consent_required', (ctx) =>
      hasUnseenDetails(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  );
  return policy;
}
