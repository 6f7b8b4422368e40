import type Koa from 'koa';
import { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import type { Users } from '../../domain/users.js';
import type { ArtifactStore } from '../../store/artifacts.js';
import { createJwtReader, type JwtChecks } from './access-jwts.js';
import { keyOf } from '../storage/record-key.js';

type Policy = (
  ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId: string; aud: string | string[] | undefined },
) => Promise<boolean>;

type Introspection = { active: boolean; [member: string]: unknown };

const INACTIVE: Introspection = { active: false };
const JWT_ANSWER = 'application/token-introspection+jwt';

/**
 * RFC 7662 for JWT access tokens. The library refuses them with an error, although a service may well ask about a token
 * without looking at its form. They are not stored, so what is told is what their signature proves, and that client, grant
 * and user still exist.
 */
export function introspectJwts(
  deps: JwtChecks & {
    users: Users;
    isClient: (id: string) => Promise<boolean>;
    artifacts: ArtifactStore;
    allowedPolicy: Policy;
  },
): Koa.Middleware {
  const readJwt = createJwtReader(deps);

  /** Of a token for a person: whose it is, as long as its grant stands. Tokens from before grants were named have none. */
  const accountOf = async (sub: string, grantId: unknown): Promise<string | undefined> =>
    typeof grantId === 'string' ? (await deps.artifacts.find(keyOf('Grant', grantId)))?.accountId : sub;

  async function describe(ctx: KoaContextWithOIDC, asking: Client): Promise<Introspection> {
    const payload = await readJwt(String(ctx.oidc.params?.['token']));
    if (payload === undefined) return INACTIVE;
    const { sub = '', aud, iss, exp, iat, jti, scope, act, may_act, cnf } = payload;
    const { acr, auth_time, authorization_details, exchanged_from } = payload;
    const clientId = String(payload['client_id']);
    if (!(await deps.allowedPolicy(ctx, asking, { clientId, aud }))) return INACTIVE;
    if (!(await deps.isClient(clientId))) return INACTIVE;
    if (sub !== clientId) {
      const accountId = await accountOf(sub, payload['grant_id']);
      const user = accountId === undefined ? undefined : await deps.users.find(accountId);
      if (!user || user.disabledAt !== undefined) return INACTIVE;
    }
    return {
      active: true,
      token_type: isBoundToKey(cnf) ? 'DPoP' : 'Bearer',
      iss,
      sub,
      aud,
      client_id: clientId,
      scope,
      exp,
      iat,
      jti,
      acr,
      auth_time,
      authorization_details,
      act,
      exchanged_from,
      may_act,
      // What whoever shows the token must hold besides (RFC 8705 3.2, RFC 9449 6.2).
      cnf,
    };
  }

  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    const body = ctx.body as { error?: string } | undefined;
    // The library has authenticated the client by the time it looks at the token.
    if (ctx.oidc?.route !== 'introspection' || body?.error !== 'unsupported_token_type' || !ctx.oidc.client)
      return;
    ctx.status = 200;
    try {
      await answer(ctx, ctx.oidc.client, await describe(ctx, ctx.oidc.client));
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error;
      ctx.status = error.statusCode;
      ctx.body = { error: error.error, error_description: error.error_description };
    }
  };
}

/**
 * RFC 9701 4 and 5: signed, and encrypted, for clients that are registered so and ask for it. The library does this for
 * opaque tokens; one that wants it encrypted gets it in no other way.
 */
async function answer(ctx: KoaContextWithOIDC, client: Client, introspection: Introspection): Promise<void> {
  const { introspectionSignedResponseAlg: signed, introspectionEncryptedResponseAlg: encrypted } = client;
  const asksForJwt = ctx.accepts('json', JWT_ANSWER) === JWT_ANSWER;
  if (encrypted !== undefined && !asksForJwt)
    throw new errors.InvalidRequest(`this client has to ask for introspection with Accept: ${JWT_ANSWER}`);
  if (!asksForJwt || (signed ?? encrypted) === undefined) {
    ctx.body = introspection;
    return;
  }
  const jwt = new ctx.oidc.provider.IdToken({}, { ctx });
  Object.assign(jwt.extra, { token_introspection: introspection });
  ctx.body = await jwt.issue({ use: 'introspection' });
  ctx.type = `${JWT_ANSWER}; charset=utf-8`;
}

/** RFC 9449 6.2. */
function isBoundToKey(cnf: unknown): boolean {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf;
}
