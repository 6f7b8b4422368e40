import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { createSignInThrottle, type ThrottleBucket } from '../../domain/sign-in-throttle.js';
import { networkOf } from '../../domain/sign-in.js';
import { requestScope } from '../../http/request-scope.js';
import type { ProviderDeps } from '../provider-deps.js';
import { keyOf } from '../storage/record-key.js';

/** How often one code can be opened: to enter, look at and confirm it, with some reloads. */
const OPENED_AT_MOST = 10;

/** RFC 6585 4. */
export class TooManyUserCodes extends errors.CustomOIDCProviderError {
  readonly seconds: number;
  constructor(seconds: number) {
    super('throttled', 'there were too many wrong codes, wait before the next');
    this.seconds = seconds;
    this.status = 429;
    this.statusCode = 429;
    this.expose = true;
  }
}

type DeviceCode = InstanceType<Provider['DeviceCode']>;

/**
 * RFC 8628 5.1: user codes are short enough to type, so guesses at them are counted, as wrong passwords are: by address,
 * and by account where somebody is signed in. A code that is opened again and again ends.
 */
export function limitUserCodes(provider: Provider, { store, clock, config }: ProviderDeps): void {
  const { perAddress, perAccount, windowSeconds } = config.throttle;
  const { throttles } = store;
  const { admit } = createSignInThrottle({ throttles, clock, windowSeconds });
  const model = provider.DeviceCode as unknown as {
    findByUserCode(userCode: string, options?: object): Promise<DeviceCode | undefined>;
  };
  const findByUserCode = model.findByUserCode.bind(model);

  function buckets(): ThrottleBucket[] {
    const { accountId } = (Provider.ctx as KoaContextWithOIDC | undefined)?.oidc.session ?? {};
    return [
      { key: `user-code/address/${networkOf(requestScope()?.address ?? '')}`, limit: perAddress },
      ...(accountId === undefined ? [] : [{ key: `user-code/user/${accountId}`, limit: perAccount }]),
    ];
  }

  async function endIfWornOut(code: DeviceCode): Promise<void> {
    if (code.isExpired || code.inFlight === true || (code.error ?? code.accountId) !== undefined) return;
    const opened = await throttles.hit(
      `user-code/opened/${keyOf('DeviceCode', code.jti)}`,
      code.remainingTTL * 1000,
    );
    if (opened.count <= OPENED_AT_MOST) return;
    Object.assign(code, { error: 'access_denied', errorDescription: 'the code was opened too often' });
    await code.save();
  }

  model.findByUserCode = async (userCode, options) => {
    const admission = await admit(buckets());
    if (admission.kind === 'throttled') throw new TooManyUserCodes(admission.retryAfterSeconds);
    let outcome: 'failed' | 'void' = 'void';
    try {
      const code = await findByUserCode(userCode, options);
      if (code) await endIfWornOut(code);
      else outcome = 'failed';
      return code;
    } finally {
      await admission.settle(outcome);
    }
  };
}
