import { jwtVerify, type JWTVerifyGetKey } from 'jose';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Whose sign-in is over: one session of a user (`sid`), or all of them. */
export interface LogoutNotice {
  sub?: string;
  sid?: string;
}

/**
 * Checks logout tokens as OpenID Connect Back-Channel Logout 1.0 section 2.6 says: signature, issuer, audience, type,
 * age, the event, who it is about, no nonce (so that no ID token passes for one), and every `jti` once.
 * The returned function rejects when the token is not to be believed.
 */
export function createLogoutTokenCheck(settings: {
  issuer: string;
  clientId: string;
  keys: JWTVerifyGetKey;
}): (token: string) => Promise<LogoutNotice> {
  const seen = new Map<string, number>();

  return async (token) => {
    const { payload } = await jwtVerify(token, settings.keys, {
      issuer: settings.issuer,
      audience: settings.clientId,
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: '5 minutes',
      clockTolerance: 15,
    });
    const { sub, sid, jti, exp, events } = payload;
    if (payload['nonce'] !== undefined) throw new Error('A logout token has no nonce.');
    const event = isObject(events) ? events[EVENT] : undefined;
    if (!isObject(event)) throw new Error('The token is not about a logout.');
    if (sid !== undefined && typeof sid !== 'string') throw new Error('The sid is not a string.');
    if (sub === undefined && sid === undefined)
      throw new Error('The token names neither a user nor a session.');

    const now = Date.now();
    for (const [id, until] of seen) if (until < now) seen.delete(id);
    if (seen.has(jti as string)) throw new Error('The token was used before.');
    seen.set(jti as string, ((exp as number) + 15) * 1000);
    return { ...(sub !== undefined && { sub }), ...(sid !== undefined && { sid }) };
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
