import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose';

/** The request that a proof came with. */
export interface ProvenRequest {
  method: string;
  /** As the client wrote it, without query and fragment. */
  url: string;
  /** The header `DPoP`. */
  proof: string;
  accessToken: string;
}

const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256'];
/** Seconds that a proof is good for, and that clocks may be ahead. */
const LONGEST_AGE = 60;
const CLOCK_TOLERANCE = 15;

/**
 * Checks proofs of possession as RFC 9449 section 4.3 lists it. Resolves to the thumbprint of the key (RFC 7638) that
 * the token must be bound to, or to undefined when the proof won't do. Each proof counts once; what was seen is
 * remembered in this process for as long as it could be shown again.
 */
export function createProofCheck(): (request: ProvenRequest) => Promise<string | undefined> {
  const seen = new Map<string, number>();

  const isNew = (id: string, now: number): boolean => {
    for (const [old, until] of seen) {
      if (until > now) break;
      seen.delete(old);
    }
    if (seen.has(id)) return false;
    seen.set(id, now + (LONGEST_AGE + CLOCK_TOLERANCE) * 1000);
    return true;
  };

  return async ({ method, url, proof, accessToken }) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: ALGORITHMS,
        maxTokenAge: LONGEST_AGE,
        clockTolerance: CLOCK_TOLERANCE,
        requiredClaims: ['jti', 'htm', 'htu', 'ath'],
      });
      const fits =
        payload['htm'] === method &&
        sameUrl(payload['htu'], url) &&
        payload['ath'] === createHash('sha256').update(accessToken).digest('base64url');
      const { jwk } = protectedHeader;
      if (!fits || jwk === undefined || typeof payload.jti !== 'string') return undefined;
      const thumbprint = await calculateJwkThumbprint(jwk);
      return isNew(`${thumbprint} ${payload.jti}`, Date.now()) ? thumbprint : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  };
}

/** RFC 9449 4.3, item 9: without query and fragment, after the normalization of RFC 3986. */
function sameUrl(claimed: unknown, url: string): boolean {
  const given = typeof claimed === 'string' ? URL.parse(claimed) : null;
  const asked = URL.parse(url);
  return (
    given !== null && asked !== null && given.origin === asked.origin && given.pathname === asked.pathname
  );
}
