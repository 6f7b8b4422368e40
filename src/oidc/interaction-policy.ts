import { interactionPolicy } from 'oidc-provider';
import { needsPersonEachTime } from './grants.js';

/** When a person is asked to sign in, and when to consent. */
export function createInteractionPolicy(): interactionPolicy.DefaultPolicy {
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
  return policy;
}
