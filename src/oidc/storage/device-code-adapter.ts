import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';
import { KEPT_EXPIRED, type PollPace } from './poll-pace.js';

/**
 * Device codes (RFC 8628). The library reads one, changes it and writes it back: in flight once a person has confirmed
 * it, then approved or denied. The artifacts under it write only what is still as it was read, so that of parallel steps
 * one is made; this says which steps there are. What is decided stays decided, and only a person decides: a failure on
 * the way, such as the second of two clicks, leaves the code to whoever is at work on it, or to its end.
 */
export function createDeviceCodeAdapter(artifacts: Adapter, pace: PollPace): Adapter {
  const noted = (payload: AdapterPayload | undefined | void) => {
    if (payload) note(payload);
    return payload;
  };
  const note = (payload: AdapterPayload) =>
    requestScope()?.reads.set(`device-code/${payload.jti}`, isDecided(payload));

  return {
    ...artifacts,
    async find(id) {
      return noted(await artifacts.find(id));
    },
    async findByUserCode(userCode) {
      return noted(await artifacts.findByUserCode(userCode));
    },
    async upsert(id, payload, expiresIn = 0) {
      if (payload.error !== undefined && payload.error !== 'access_denied') return;
      const wasDecided = requestScope()?.reads.get(`device-code/${id}`);
      if (wasDecided === true) throw new errors.SessionNotFound('the device code was decided upon already');
      const known = expiresIn + KEPT_EXPIRED;
      if (wasDecided === undefined) await pace.begin({ jti: id, clientId: payload.clientId ?? '' }, known);
      await artifacts.upsert(id, payload, known);
      note(payload);
    },
  };
}

function isDecided({ accountId, error }: AdapterPayload): boolean {
  return accountId !== undefined || error !== undefined;
}
