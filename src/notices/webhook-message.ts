import { createHmac, randomBytes } from 'node:crypto';
import type { Notice } from '../domain/notices.js';

/**
 * A notice as it is posted, signed as Standard Webhooks has it (standardwebhooks.com): HMAC-SHA-256 over its id, the time
 * and the body, so that a receiver can check where it comes from, and that it is not an old one.
 */
export function webhookMessage(
  { kind, user, client, bindingMessage, url, expiresAt }: Notice,
  secret: Uint8Array,
  now: number,
): { headers: Record<string, string>; body: string } {
  const at = (milliseconds: number) => new Date(milliseconds).toISOString();
  const data = { user, client, binding_message: bindingMessage, url, expires_at: at(expiresAt) };
  const body = JSON.stringify({ type: kind, timestamp: at(now), data });
  const id = `msg_${randomBytes(16).toString('base64url')}`;
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}
