import type Koa from 'koa';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { Users } from '../../domain/users.js';
import type { ArtifactStore } from '../../store/artifacts.js';
import { createJwtReader, type JwtChecks } from './access-jwts.js';
import { keyOf } from '../storage/record-key.js';

type Policy = (
  ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId: string; aud: string | string[] | undefined },
) => Promise<boolean>;

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

  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    const body = ctx.body as { error?: string } | undefined;
    // The library has authenticated the client by the time it looks at the token.
    if (ctx.oidc?.route !== 'introspection' || body?.error !== 'unsupported_token_type' || !ctx.oidc.client)
      return;
    ctx.status = 200;
    ctx.body = { active: false };

    const payload = await readJwt(String(ctx.oidc.params?.['token']));
    if (payload === undefined) return;
    const { sub = '', aud, iss, exp, iat, jti, scope, act, may_act, cnf } = payload;
    const { acr, auth_time, authorization_details } = payload;
    const clientId = String(payload['client_id']);
    if (!(await deps.allowedPolicy(ctx, ctx.oidc.client, { clientId, aud }))) return;
    if (!(await deps.isClient(clientId))) return;
    if (sub !== clientId) {
      const accountId = await accountOf(sub, payload['grant_id']);
      const user = accountId === undefined ? undefined : await deps.users.find(accountId);
      if (!user || user.disabledAt !== undefined) return;
    }
    ctx.body = {
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
      may_act,
      // What whoever shows the token must hold besides (RFC 8705 3.2, RFC 9449 6.2).
      cnf,
    };
  };
}

/** RFC 9449 6.2. */
function isBoundToKey(cnf: unknown): boolean {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf;
}
