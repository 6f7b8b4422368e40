import type { Adapter, AdapterPayload } from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';
import type { SessionStore } from '../../store/sessions.js';
import { KEPT_EXPIRED, type PollPace } from './poll-pace.js';
import { keyOf } from './record-key.js';

export const BACKCHANNEL_REQUEST = 'BackchannelAuthenticationRequest';

/** What is stored of a request (OpenID Connect CIBA Core 1.0). */
export interface BackchannelRequestPayload extends AdapterPayload {
  /** The client's address when it asked. */
  origin?: string;
}

/** The name of a request outside of the protocol: it is worth nothing at the token endpoint. */
export function backchannelRequestName(jti: string): string {
  return keyOf(BACKCHANNEL_REQUEST, jti);
}

/**
 * Requests of clients that a person answers elsewhere. The artifacts under it write only what is still as it was read, so
 * that of parallel answers one counts.
 */
export function createBackchannelRequestAdapter(
  artifacts: Adapter,
  { sessions, pace }: { sessions: SessionStore; pace: PollPace },
): Adapter {
  /** The sign-in by which it was approved ended before the client came for its tokens: there are none any more. */
  async function hasLostItsSession({ sessionUid, accountId }: AdapterPayload): Promise<boolean> {
    if (sessionUid === undefined) return false;
    const session = await sessions.findByUid(sessionUid);
    return session?.accountId !== accountId;
  }

  return {
    ...artifacts,
    async find(id) {
      const payload = await artifacts.find(id);
      return payload && !(await hasLostItsSession(payload)) ? payload : undefined;
    },
    async upsert(id, payload, expiresIn = 0) {
      const known = expiresIn + KEPT_EXPIRED;
      const stored: BackchannelRequestPayload = { ...payload };
      if (requestScope()?.reads.has(backchannelRequestName(id)) !== true) {
        stored.origin = requestScope()?.address ?? '';
        await pace.begin({ jti: id, clientId: payload.clientId ?? '' }, known);
      }
      await artifacts.upsert(id, stored, known);
    },
  };
}
