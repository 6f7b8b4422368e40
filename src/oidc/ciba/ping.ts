import type Provider from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';
import { outboundFailure } from '../outbound/outbound-failure.js';
import type { PollPace } from '../storage/poll-pace.js';

type Request = InstanceType<Provider['BackchannelAuthenticationRequest']>;

/**
 * The ping of a client (OpenID Connect CIBA Core 1.0, 10.2): sent once, within the library's 2.5 seconds. One that fails is
 * no fault of the person who answered, and the client can poll as well, so that it is logged and not sent again.
 */
export function pingOnce(provider: Provider, pace: PollPace): void {
  const prototype = provider.Client.prototype as unknown as {
    clientId: string;
    backchannelPing(request: Request): Promise<void>;
  };
  const send = prototype.backchannelPing;
  prototype.backchannelPing = async function (request) {
    const log = requestScope()?.log;
    await pace.invite(request.jti);
    try {
      await send.call(this, request);
      log?.info({ event: 'ciba_ping', client_id: this.clientId }, 'client pinged');
    } catch (error) {
      const reason = outboundFailure(error);
      log?.warn({ event: 'ciba_ping', client_id: this.clientId, reason }, 'client not pinged');
    }
  };
}
