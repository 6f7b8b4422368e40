import { randomBytes } from 'node:crypto';
import { UnsecuredJWT } from 'jose';
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Users } from '../domain/users.js';
import type { Vault } from '../domain/vault.js';
import type { Clock, Store } from '../store/store.js';
import { ACCOUNT_CLIENT, accountRedirectUri } from './account-client.js';
import {
  createBackchannelRequests,
  type Authentication,
  type BackchannelRequests,
} from './ciba/backchannel-requests.js';
import { backchannelRequestName } from './storage/backchannel-request-adapter.js';
import { explain } from './door.js';
import { PUSHED_REQUEST } from './authorization/request-uris.js';

export type { PersonRequest } from './ciba/backchannel-requests.js';

/** Who is signed in in a browser. */
export interface SignedIn extends Authentication {
  sessionUid: string;
  /** What forms of their account carry. */
  csrf: string;
}

/** The way from the pages of the account into the provider. */
export interface AccountDoor {
  /** undefined: nobody is signed in in this browser. */
  person(ctx: Context): Promise<SignedIn | undefined>;
  /**
   * Where people sign in who come back to `place`, a page of their account.
   *
   * @param options.again also those who are signed in already
   */
  signInUrl(place: string, options?: { again?: boolean }): Promise<string>;
  requests(): BackchannelRequests;
  /** By what the client has got, for whom nobody is signed in: for the conformance suite alone. */
  answerUnseen(
    authReqId: string,
    answer: 'approve' | 'deny',
    authentication: Omit<Authentication, 'accountId'>,
  ): Promise<boolean>;
}

/** Seconds from the address of a sign-in to its page. */
const WAY_TO_SIGN_IN = 60;

/** @param deps.currentProvider asked for at each use */
export function createAccountDoor(deps: {
  currentProvider: () => Provider;
  issuer: string;
  users: Users;
  vault: Vault;
  store: Pick<Store, 'artifacts' | 'services'>;
  clock: Clock;
}): AccountDoor {
  const { currentProvider, issuer, users, vault, store, clock } = deps;

  const requests = (): BackchannelRequests => {
    const { find, listPending, answer } = createBackchannelRequests(currentProvider(), { ...store, clock });
    return {
      find: (...parameters) => find(...parameters).catch(explain),
      listPending: (...parameters) => listPending(...parameters).catch(explain),
      answer: (...parameters) => answer(...parameters).catch(explain),
    };
  };

  return {
    async person(ctx) {
      const session = await currentProvider()
        .Session.get(ctx as never)
        .catch(explain);
      const { accountId, loginTs, uid } = session;
      const user = accountId === undefined ? undefined : await users.find(accountId);
      if (!user || loginTs === undefined || user.disabledAt !== undefined) return undefined;
      // As for sign-ins to apps: one that was judged before the password changed is over.
      if (user.passwordChangedAt !== undefined && (loginTs + 1) * 1000 <= user.passwordChangedAt)
        return undefined;
      return {
        accountId: user.id,
        sessionUid: uid,
        authTime: loginTs,
        acr: session.acr,
        amr: session.amr,
        csrf: vault.fingerprint('csrf', `account/${uid}`),
      };
    },

    async signInUrl(place, { again = false } = {}) {
      const now = Math.floor(clock() / 1000);
      const request = new UnsecuredJWT({
        client_id: ACCOUNT_CLIENT,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: accountRedirectUri(issuer),
        state: place,
        // RFC 7636: of a verifier that nobody has. The code that comes back is worth nothing.
        code_challenge: randomBytes(32).toString('base64url'),
        code_challenge_method: 'S256',
        ...(again ? { prompt: 'login' } : {}),
      })
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + WAY_TO_SIGN_IN)
        .setIssuer(ACCOUNT_CLIENT)
        .setAudience(issuer)
        .encode();
      const provider = currentProvider();
      const pushed = new provider.PushedAuthorizationRequest({ request } as never);
      const id = await pushed.save(WAY_TO_SIGN_IN).catch(explain);
      const query = new URLSearchParams({ client_id: ACCOUNT_CLIENT, request_uri: `${PUSHED_REQUEST}${id}` });
      return `${issuer}/auth?${query.toString()}`;
    },

    requests,
    async answerUnseen(authReqId, answer, authentication) {
      const request = await currentProvider().BackchannelAuthenticationRequest.find(authReqId);
      const { accountId } = request ?? {};
      if (!request || accountId === undefined) return false;
      return requests().answer({ ...authentication, accountId }, backchannelRequestName(authReqId), answer);
    },
  };
}
