/** Telling people something outside of a page that they look at: for now by way of the operator's own program. */
import type { Config } from '../config.js';
import type { Notice, Notices } from '../domain/notices.js';
import { requestScope } from '../http/request-scope.js';
import type { OutboundPost } from '../oidc/outbound/outbound-post.js';
import { webhookMessage } from './webhook-message.js';

/** Posts notices to the webhook, where there is one; the log has a line about each either way, without its address. */
export function createNotices({
  config,
  post,
  clock,
}: {
  config: Pick<Config, 'noticeWebhook'>;
  post: OutboundPost;
  clock: () => number;
}): Notices {
  const { noticeWebhook: webhook } = config;

  async function deliver(notice: Notice): Promise<string> {
    if (!webhook) return 'on the page alone';
    const status = await post(webhook.url, webhookMessage(notice, webhook.secret, clock()));
    if (status < 200 || status > 299) throw new Error(`the webhook answered with ${status}`);
    return 'webhook';
  }

  return {
    async send(notice) {
      const log = requestScope()?.log;
      const about = {
        event: 'notice',
        kind: notice.kind,
        user_id: notice.user.id,
        client_id: notice.client.id,
      };
      try {
        log?.info({ ...about, delivery: await deliver(notice) }, 'notice');
      } catch (error) {
        const { name, message } = error as Error;
        log?.warn({ ...about, reason: `${name}: ${message}`.slice(0, 300) }, 'notice not delivered');
      }
    },
  };
}
