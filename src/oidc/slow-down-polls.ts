import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import type { PollPace } from './storage/poll-pace.js';

interface Code {
  jti: string;
  clientId?: string;
  isExpired: boolean;
}

interface Model {
  find(value: string, options?: object): Promise<Code | undefined>;
}

/**
 * `slow_down` (RFC 8628 3.5, OpenID Connect CIBA Core 1.0, 11), which the library leaves to us. It is judged before a code
 * is looked at any closer: of parallel polls for a code that was just approved one gets the tokens, and the others are no
 * theft of it.
 */
export function slowDownPolls(provider: Provider, pace: PollPace): void {
  for (const model of [
    provider.DeviceCode,
    provider.BackchannelAuthenticationRequest,
  ] as unknown as Model[]) {
    const find = model.find.bind(model);
    model.find = async (value, options) => {
      const code = await find(value, options);
      const { route, client } = (Provider.ctx as KoaContextWithOIDC | undefined)?.oidc ?? {};
      if (code && route === 'token' && code.clientId === client?.clientId && !code.isExpired)
        await pace.poll(code.jti);
      return code;
    };
  }
}
