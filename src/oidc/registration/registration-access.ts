import type { Context } from 'koa';
import { errors } from 'oidc-provider';
import { AppError } from '../../domain/app-error.js';
import { networkOf } from '../../domain/sign-in.js';
import { createTryCounter } from '../../domain/try-counter.js';
import { requestScope } from '../../http/request-scope.js';
import type { ProviderDeps } from '../provider-deps.js';

/** Leave to register one client. */
export interface RegistrationLeave {
  /** Id of the initial access token that it comes from. */
  initialAccessToken?: string;
  /** To be called once, before the client is stored; throws when others have used it up meanwhile. */
  take(): Promise<void>;
}

/** Who may register clients: holders of an initial access token, or everybody, so often for each network address. */
export function registrationAccess({
  config,
  store,
  clock,
  initialAccessTokens,
}: ProviderDeps): (ctx: Context) => Promise<RegistrationLeave> {
  const { mode, perAddress } = config.registration;
  const { windowSeconds } = config.throttle;
  const countTry = createTryCounter({ throttles: store.throttles, clock, windowSeconds });

  /** Every try counts: a client that is refused may have cost a request to its sector. */
  async function admitAddress(): Promise<void> {
    if (perAddress === undefined) return;
    const address = networkOf(requestScope()?.address ?? '');
    const retryAfter = await countTry({ key: `registration/address/${address}`, limit: perAddress });
    if (retryAfter !== undefined) throw new AppError('throttled', 429, { retryAfter });
  }

  async function admitHolder(token: string | undefined): Promise<RegistrationLeave> {
    const found = token === undefined ? undefined : await initialAccessTokens.find(token);
    if (token === undefined || found === undefined) throw noToken();
    return {
      initialAccessToken: found.id,
      async take() {
        if (!(await initialAccessTokens.spend(token))) throw noToken();
      },
    };
  }

  return async (ctx) => {
    if (mode === 'token') return admitHolder(bearerToken(ctx));
    await admitAddress();
    return { take: async () => {} };
  };
}

/** One answer for what never was, is over or was used up. */
function noToken(): errors.InvalidToken {
  return new errors.InvalidToken('no such initial access token');
}

/** RFC 6750 2.1; a token elsewhere is none. */
export function bearerToken(ctx: Context): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/iu.exec(ctx.get('Authorization'))?.[1];
}
