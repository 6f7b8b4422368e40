import { createLocalJWKSet, jwtVerify, type JWK, type JWTPayload } from 'jose';
import type Koa from 'koa';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { KeyRing } from '../domain/keys.js';
import type { Users } from '../domain/users.js';
import type { ClientStore } from '../store/clients.js';
import { clientRecord } from './client-adapter.js';

type Policy = (
  ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId: string; aud: string | string[] | undefined },
) => Promise<boolean>;

/**
 * RFC 7662 for JWT access tokens. The library refuses them with an error, although a service may well ask about a token
 * without looking at its form. They are not stored, so what is told is what their signature proves, and that client and
 * user still exist. A grant that ended before the token did is not seen: that is the price of a token that is not stored.
 */
export function introspectJwts(deps: {
  issuer: string;
  keys: KeyRing;
  users: Users;
  clients: ClientStore;
  allowedPolicy: Policy;
  clockTolerance: number;
}): Koa.Middleware {
  const published = createLocalJWKSet({ keys: [...deps.keys.publishedJwks] as JWK[] });

  const verified = async (token: string): Promise<JWTPayload | undefined> => {
    try {
      const { issuer, clockTolerance } = deps;
      return (await jwtVerify(token, published, { issuer, typ: 'at+jwt', clockTolerance })).payload;
    } catch {
      return undefined;
    }
  };

  return async (koaCtx, next) => {
    await next();
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    const body = ctx.body as { error?: string } | undefined;
    // The library has authenticated the client by the time it looks at the token.
    if (ctx.oidc?.route !== 'introspection' || body?.error !== 'unsupported_token_type' || !ctx.oidc.client)
      return;
    ctx.status = 200;
    ctx.body = { active: false };

    const payload = await verified(String(ctx.oidc.params?.['token']));
    if (payload === undefined) return;
    const { sub = '', aud, iss, exp, iat, jti, scope } = payload;
    const clientId = String(payload['client_id']);
    if (!(await deps.allowedPolicy(ctx, ctx.oidc.client, { clientId, aud }))) return;
    if (!(await clientRecord(deps.clients, clientId))) return;
    if (sub !== clientId) {
      const user = await deps.users.find(sub);
      if (!user || user.disabledAt !== undefined) return;
    }
    ctx.body = {
      active: true,
      token_type: 'Bearer',
      iss,
      sub,
      aud,
      client_id: clientId,
      scope,
      exp,
      iat,
      jti,
    };
  };
}
