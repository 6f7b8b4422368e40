import type Provider from 'oidc-provider';
import type { AccessToken } from 'oidc-provider';

/** `gty` of what came out of an exchange, in the library's records. */
export const EXCHANGED = 'token_exchange';

const grants = new WeakMap<AccessToken, string>();

/** The grant that a token hangs on: for one that was exchanged, that of the subject token. */
export function grantIdOf(token: AccessToken): string | undefined {
  return grants.get(token) ?? token.grantId;
}

/**
 * What was exchanged lives no longer than what it was exchanged for: each use looks for the grant of the subject token,
 * and for its session where that was bound to one. The library would ask that the grant be one of the exchanging client,
 * and would end it with the token.
 */
export function followSubjects(provider: Provider): void {
  const model = provider.AccessToken as unknown as {
    find(value: string, options?: object): Promise<AccessToken | undefined>;
  };
  const find = model.find.bind(model);
  model.find = async (value, options) => {
    const token = await find(value, options);
    if (token?.gty !== EXCHANGED) return token;
    const { accountId, grantId, sessionUid } = token;
    const grant = await provider.Grant.find(grantId, { ignoreExpiration: true });
    if (!grant || grant.isExpired || grant.accountId !== accountId) return undefined;
    // The client that exchanged it may be gone as well, and this have been in flight then.
    if (!(await provider.Client.find(token.clientId!))) return undefined;
    if (sessionUid !== undefined) {
      const session = await provider.Session.findByUid(sessionUid);
      const isTheirs = session?.accountId === accountId && session.grantIdFor(grant.clientId!) === grantId;
      if (!isTheirs) return undefined;
    }
    grants.set(token, grantId);
    Object.assign(token, { grantId: undefined });
    return token;
  };
}
