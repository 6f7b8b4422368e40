import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import type { DevicePace } from './device-pace.js';

/**
 * `slow_down` (RFC 8628 3.5), which the library leaves to us. It is judged before a code is looked at any closer: of
 * parallel polls for a code that was just approved one gets the tokens, and the others are no theft of it.
 */
export function slowDownPolls(provider: Provider, pace: DevicePace): void {
  type DeviceCode = InstanceType<Provider['DeviceCode']>;
  const model = provider.DeviceCode as unknown as {
    find(value: string, options?: object): Promise<DeviceCode | undefined>;
  };
  const find = model.find.bind(model);
  model.find = async (value, options) => {
    const code = await find(value, options);
    const { route, client } = (Provider.ctx as KoaContextWithOIDC | undefined)?.oidc ?? {};
    if (code && route === 'token' && code.clientId === client?.clientId && !code.isExpired)
      await pace.poll(code.jti);
    return code;
  };
}
