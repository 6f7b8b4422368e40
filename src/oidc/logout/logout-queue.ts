import Provider from 'oidc-provider';
import type { Logger } from 'pino';
import { newLogoutDelivery } from '../../domain/user-sessions.js';
import type { LogoutDelivery, LogoutQueue } from '../../store/logout-queue.js';
import type { Clock } from '../../store/store.js';
import { outboundFailure } from '../outbound/outbound-failure.js';

/** Seconds until the next try, by the number of tries so far; after the last one it is given up. */
const BACKOFF_SECONDS = [2, 10, 60, 300, 1800, 7200, 21_600];
const LEASE_MS = 30_000;
const BATCH = 20;
const POLL_MS = 1_000;

/** No other try will do better. */
class NobodyToTellError extends Error {}

type Backchannel = { backchannelLogout(accountId: string, sid: string | undefined): Promise<void> };

/**
 * Back-channel logout through the store. The library would call every client while the person waits, once; here the
 * call is queued, made by any process, and repeated with growing pauses until the client has heard it.
 */
export function queueBackchannelLogout(provider: Provider, deps: { queue: LogoutQueue; clock: Clock }) {
  const prototype = provider.Client.prototype as unknown as Backchannel;
  const send = prototype.backchannelLogout;
  prototype.backchannelLogout = async function (this: { clientId: string }, accountId, sid) {
    const sessionUid = Provider.ctx?.oidc.session?.uid;
    if (sessionUid === undefined) throw new Error('a back-channel logout belongs to a session that ends');
    const of = { sessionUid, clientId: this.clientId, accountId, ...(sid === undefined ? {} : { sid }) };
    await deps.queue.add([newLogoutDelivery(of, deps.clock())]);
  };
  /** Tells one client now. The logout token is made for each try, so that it is never too old. */
  return async (delivery: LogoutDelivery): Promise<void> => {
    const client = await provider.Client.find(delivery.clientId);
    if (!client?.backchannelLogoutUri)
      throw new NobodyToTellError('the client is gone, or has no back-channel logout any more');
    await send.call(client as unknown as Backchannel, delivery.accountId, delivery.sid);
  };
}

export interface LogoutDeliverer {
  /** Resolves when what was under way has ended. */
  stop(): Promise<void>;
}

/** Takes deliveries from the queue for as long as it runs. */
export function startLogoutDelivery(deps: {
  queue: LogoutQueue;
  deliver: (delivery: LogoutDelivery) => Promise<void>;
  clock: Clock;
  log: Logger;
}): LogoutDeliverer {
  const { queue, deliver, clock, log } = deps;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();

  const attempt = async (delivery: LogoutDelivery) => {
    const about = { client_id: delivery.clientId, attempt: delivery.attempts };
    try {
      await deliver(delivery);
      await queue.finish(delivery.id, 'delivered');
      log.info(about, 'back-channel logout delivered');
    } catch (error) {
      const reason = outboundFailure(error);
      const pause = error instanceof NobodyToTellError ? undefined : BACKOFF_SECONDS[delivery.attempts - 1];
      log.warn(
        { ...about, reason },
        pause === undefined ? 'back-channel logout given up' : 'back-channel logout failed',
      );
      if (pause === undefined) await queue.finish(delivery.id, 'given-up', reason);
      else await queue.retry(delivery.id, clock() + pause * 1000, reason);
    }
  };

  const round = async () => {
    try {
      for (;;) {
        const deliveries = await queue.claim(BATCH, LEASE_MS);
        if (deliveries.length === 0) break;
        await Promise.all(deliveries.map(attempt));
        if (stopped) break;
      }
    } catch (error) {
      // A store that is away comes back; what was claimed is due again when its lease ends.
      log.warn({ err: error }, 'back-channel logout queue not reachable');
    }
  };

  const schedule = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = round().then(schedule);
    }, POLL_MS).unref();
  };
  schedule();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
