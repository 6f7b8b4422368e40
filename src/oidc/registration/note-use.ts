import type Koa from 'koa';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ClientStore } from '../../store/clients.js';
import type { RegisteredClients } from '../../domain/registered-clients.js';
import { requestScope } from '../../http/request-scope.js';
import { clientRecord } from '../storage/client-adapter.js';

/** Clients that registered themselves are kept for as long as they get tokens, at whichever endpoint. */
export function noteUse(
  provider: Provider,
  { registeredClients, clients }: { registeredClients: RegisteredClients; clients: ClientStore },
): Koa.Middleware {
  const gotTokens = new WeakSet<object>();
  provider.on('grant.success', (ctx: KoaContextWithOIDC) => void gotTokens.add(ctx));
  provider.on('authorization.success', (ctx: KoaContextWithOIDC) => {
    if (ctx.oidc.params?.['response_type'] !== 'code') gotTokens.add(ctx);
  });
  return async (ctx, next) => {
    await next();
    if (!gotTokens.has(ctx)) return;
    const { client } = (ctx as unknown as KoaContextWithOIDC).oidc;
    try {
      const record = client && (await clientRecord(clients, client.clientId));
      if (record) await registeredClients.noteUse(record);
    } catch (error) {
      // The tokens are made: the next use is noted.
      requestScope()?.log.warn({ err: error, client_id: client?.clientId }, 'use of a client not noted');
    }
  };
}
