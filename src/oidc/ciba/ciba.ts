import type Koa from 'koa';
import { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { isBindingMessage } from '../../domain/binding-message.js';
import { createSignInThrottle } from '../../domain/sign-in-throttle.js';
import { createTryCounter } from '../../domain/try-counter.js';
import { amendMetadata } from '../discovery/amend-metadata.js';
import { backchannelRequestName } from '../storage/backchannel-request-adapter.js';
import { POLL_INTERVAL } from '../storage/poll-pace.js';
import type { ProviderDeps } from '../provider-deps.js';
import { refuseUnreachable } from '../authorization/requested-context.js';
import { TooManyRequests } from './too-many-requests.js';

type CibaFeature = NonNullable<NonNullable<Configuration['features']>['ciba']>;

/** Where a person answers requests: below the issuer, see `src/account`. */
function answerUrl(issuer: string, name: string): string {
  return `${issuer}/account/requests/${name}`;
}

/**
 * OpenID Connect CIBA Core 1.0: a client names a person, who answers on a page of their account, wherever that is. The
 * client authenticates, and still must neither find out who has an account nor press people for an answer.
 */
export function createCiba({ config, users, store, clock, notices }: ProviderDeps): CibaFeature {
  const { perAccount, perAddress, windowSeconds } = config.throttle;
  const { throttles } = store;
  const { admit } = createSignInThrottle({ throttles, clock, windowSeconds });
  const countTry = createTryCounter({ throttles, clock, windowSeconds });

  function refuseForNow(ctx: KoaContextWithOIDC, seconds: number, why: string): never {
    ctx.set('Retry-After', String(seconds));
    throw new TooManyRequests(`${why}, wait before the next`);
  }

  return {
    enabled: config.protocol.ciba,
    deliveryModes: ['poll', 'ping'],

    /** A login name or an email. Wrong guesses are counted by client. */
    async processLoginHint(ctx, hint = '') {
      const key = `ciba/client/${String(ctx.oidc.client?.clientId)}`;
      const admission = await admit([{ key, limit: perAddress }]);
      if (admission.kind === 'throttled')
        return refuseForNow(ctx, admission.retryAfterSeconds, 'the client has named too many unknown people');
      let outcome: 'failed' | 'void' = 'void';
      try {
        const user = await users.findByLogin(hint);
        if (user && user.disabledAt === undefined) return user.id;
        outcome = 'failed';
        return undefined;
      } finally {
        await admission.settle(outcome);
      }
    },

    async processLoginHintToken() {
      throw new errors.InvalidRequest('login_hint_token is not supported, send login_hint or id_token_hint');
    },

    async validateBindingMessage(_ctx, message) {
      if (message !== undefined && !isBindingMessage(message))
        throw new errors.InvalidBindingMessage('binding_message must be 1 to 64 visible characters');
    },

    // FAPI-CIBA 5.2.2: what is known of the consumption device. Nothing here is decided by it.
    async validateRequestContext() {},

    /** The last look at a request: the person is known by now. */
    async verifyUserCode(ctx, account, userCode) {
      if (userCode !== undefined) throw new errors.InvalidRequest('user_code is not supported');
      refuseUnreachable(ctx);
      const wait = await countTry({ key: `ciba/user/${account.accountId}`, limit: perAccount });
      if (wait !== undefined) refuseForNow(ctx, wait, 'this person was asked too often');
    },

    async triggerAuthenticationDevice(_ctx, request, account, client) {
      const user = await users.find(account.accountId);
      if (!user) return;
      const { id, email, username } = user;
      const message = request.params?.['binding_message'];
      await notices.send({
        kind: 'request_to_answer',
        user: {
          id,
          ...(email === undefined ? {} : { email }),
          ...(username === undefined ? {} : { username }),
        },
        client: { id: client.clientId, name: client.clientName ?? client.clientId },
        ...(typeof message === 'string' ? { bindingMessage: message } : {}),
        url: answerUrl(config.issuer, backchannelRequestName(request.jti)),
        expiresAt: (Math.floor(clock() / 1000) + request.expiration) * 1000,
      });
    },
  };
}

/** What the library's endpoint of this grant lacks. */
export const completeCiba: Koa.Middleware = async (koaCtx, next) => {
  await next();
  const ctx = koaCtx as unknown as KoaContextWithOIDC;
  const body = ctx.body as Record<string, unknown> | undefined;
  if (ctx.oidc?.route === 'backchannel_authentication' && body?.['auth_req_id'] !== undefined)
    body['interval'] = POLL_INTERVAL;
};

/** The library has them always. */
export const denyUserCodes = amendMetadata((metadata) => {
  if (metadata['backchannel_user_code_parameter_supported'] !== undefined)
    metadata['backchannel_user_code_parameter_supported'] = false;
});
