import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { onceItWorks } from './once-it-works.js';

/** What an API learns from a good access token. */
export interface AccessToken {
  /** Whom the client acts for; the client itself, when it acts for nobody. */
  sub: string;
  clientId: string;
  scopes: string[];
  expiresAt: Date;
  /** When the person signed in (RFC 9470 6); absent where nobody did. */
  signedInAt?: Date;
  /** What whoever shows the token must hold besides: the thumbprint of a DPoP key, or of a certificate (RFC 7800). */
  confirmation?: { jkt?: string; 'x5t#S256'?: string };
}

/** What an API must know of itself. */
export interface ApiIdentity {
  issuer: string;
  /** Its resource indicators (RFC 8707): a token is for it by any of them. */
  resource: string | string[];
}

/** Resolves to undefined for a token that isn't good; rejects when that can't be told now. */
export type TokenCheck = (token: string) => Promise<AccessToken | undefined>;

/**
 * By signature (RFC 9068 section 4): no call per request, but a token is good until it expires, whatever happens to
 * the session it came from.
 */
export function checkBySignature({ issuer, resource }: Pick<ApiIdentity, 'issuer' | 'resource'>): TokenCheck {
  const keys = onceItWorks(async () => {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    const metadata = (await response.json()) as { jwks_uri: string };
    return createRemoteJWKSet(new URL(metadata.jwks_uri));
  });

  return async (token) => {
    const keySet = await keys();
    try {
      const { payload } = await jwtVerify(token, keySet, {
        issuer,
        audience: resource,
        typ: 'at+jwt',
        requiredClaims: ['exp', 'sub', 'client_id', 'iat', 'jti'],
      });
      return {
        sub: payload.sub as string,
        clientId: String(payload['client_id']),
        scopes: scopesOf(payload['scope']),
        expiresAt: new Date((payload.exp as number) * 1000),
        ...signedInAt(payload['auth_time']),
        ...confirmation(payload['cnf']),
      };
    } catch (error) {
      if (isCheckable(error)) return undefined;
      throw error;
    }
  };
}

/**
 * By asking Gatehouse (RFC 7662): a call per request, and a token is refused from the moment it was revoked. Answers
 * are not cached, or that would be lost.
 */
export function checkByIntrospection(
  settings: ApiIdentity & { clientId: string; clientSecret: string },
): TokenCheck {
  const { issuer, resource, clientId, clientSecret } = settings;
  const gatehouse = onceItWorks(() =>
    oidc.discovery(new URL(issuer), clientId, undefined, oidc.ClientSecretBasic(clientSecret), {
      execute: [oidc.allowInsecureRequests],
    }),
  );

  return async (token) => {
    const answer = await introspect(await gatehouse(), token);
    const audience = typeof answer.aud === 'string' ? [answer.aud] : (answer.aud ?? []);
    // A refresh token may be active as well, but is no access token: those have a type (RFC 6749 section 5.1).
    if (
      !answer.active ||
      !['Bearer', 'DPoP'].includes(answer.token_type ?? '') ||
      ![resource].flat().some((name) => audience.includes(name))
    )
      return undefined;
    return {
      sub: answer.sub ?? String(answer.client_id),
      clientId: String(answer.client_id),
      scopes: scopesOf(answer.scope),
      expiresAt: new Date((answer.exp ?? 0) * 1000),
      ...signedInAt(answer['auth_time']),
      ...confirmation(answer['cnf']),
    };
  };
}

async function introspect(config: oidc.Configuration, token: string): Promise<oidc.IntrospectionResponse> {
  try {
    return await oidc.tokenIntrospection(config, token);
  } catch (error) {
    // A JWT, which was made for another API: those are checked by signature, and not answered for.
    if (error instanceof oidc.ResponseBodyError && error.error === 'unsupported_token_type')
      return { active: false };
    throw error;
  }
}

function confirmation(cnf: unknown): Pick<AccessToken, 'confirmation'> {
  return cnf === undefined || cnf === null
    ? {}
    : { confirmation: cnf as NonNullable<AccessToken['confirmation']> };
}

function signedInAt(authTime: unknown): Pick<AccessToken, 'signedInAt'> {
  return typeof authTime === 'number' ? { signedInAt: new Date(authTime * 1000) } : {};
}

/** Whether the token is at fault, rather than the way to the keys. */
function isCheckable(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout || error.code === 'ERR_JOSE_GENERIC')
  );
}

function scopesOf(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
}
