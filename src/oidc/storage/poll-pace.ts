import { errors } from 'oidc-provider';
import type { ArtifactStore } from '../../store/artifacts.js';
import type { Clock } from '../../store/store.js';
import { keyOf } from './record-key.js';

/**
 * Seconds between two polls of a client that waits for a person (RFC 8628 3.2, OpenID Connect CIBA Core 1.0, 7.3), and by
 * how much they grow with each that comes too early.
 */
export const POLL_INTERVAL = 5;
/** Seconds for which what has expired is still known, so that client and person are told so (RFC 8628 3.5). */
export const KEPT_EXPIRED = 600;
const LONGEST_INTERVAL = 60;
/** Seconds by which a network may hurry a poll along. */
const LEEWAY = 1;

const MODEL = 'PollPace';

export interface PollPace {
  /** To be called when the code is made; `seconds` is for how long it is known. */
  begin(code: { jti: string; clientId: string }, seconds: number): Promise<void>;
  /** @throws SlowDown when it comes too early; of parallel polls all but one do (RFC 8628 3.5) */
  poll(jti: string): Promise<void>;
  /** The client is told to come: its next poll is not too early. */
  invite(jti: string): Promise<void>;
}

/**
 * How often a client asks, for each of its codes. It stands in a record of its own, since a client polls while a person
 * decides, and neither may get into the other's way.
 */
export function createPollPace(artifacts: ArtifactStore, clock: Clock): PollPace {
  return {
    async begin({ jti, clientId }, seconds) {
      const payload = { interval: POLL_INTERVAL, earliest: 0 };
      const expiresAt = clock() + seconds * 1000;
      await artifacts.create({ model: MODEL, key: keyOf(MODEL, jti), clientId, payload, expiresAt });
    },
    async poll(jti) {
      const before = await artifacts.find(keyOf(MODEL, jti));
      if (!before) return;
      const now = clock();
      const tooEarly = now < Number(before.payload['earliest']);
      const grown = Number(before.payload['interval']) + (tooEarly ? POLL_INTERVAL : 0);
      const interval = Math.min(grown, LONGEST_INTERVAL);
      const earliest = now + (interval - LEEWAY) * 1000;
      const inTime = await artifacts.swap(before, { ...before, payload: { interval, earliest } });
      if (tooEarly || !inTime) throw new errors.SlowDown();
    },
    async invite(jti) {
      const before = await artifacts.find(keyOf(MODEL, jti));
      if (before) await artifacts.replace({ ...before, payload: { ...before.payload, earliest: 0 } });
    },
  };
}
