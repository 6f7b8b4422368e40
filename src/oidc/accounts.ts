import type { FindAccount } from 'oidc-provider';
import type { Users } from '../domain/users.js';

/**
 * The account finder: the library's view of a user. A user who is disabled or gone has no account, so that every
 * code, refresh token and session of theirs is worth nothing from that moment on.
 */
export function createAccountFinder(users: Users): FindAccount {
  return async (_ctx, sub) => {
    const user = await users.find(sub);
    if (!user || user.disabledAt !== undefined) return undefined;
    return {
      accountId: user.id,
      passwordChangedAt: user.passwordChangedAt,
      claims: async () => ({ ...users.claims(user), sub: user.id }),
    };
  };
}
