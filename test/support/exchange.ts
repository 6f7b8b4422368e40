import type { NewClient } from '../../src/domain/clients.js';
import { api, type App, type TokenFormat } from './api.js';
import { basic, postForm } from './flow.js';
import { obtainTokens, webApp } from './relying-party.js';
import type { Instance } from './start.js';

export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** An app that a person has signed in to calls `orders`, and `orders` calls `stock` for them. */
export async function scene(
  gatehouse: Instance,
  { orders: ordersFormat, stock: stockFormat }: { orders: TokenFormat; stock: TokenFormat },
  policy: Partial<NonNullable<NewClient['tokenExchange']>> = { impersonation: true },
  appSettings: Record<string, unknown> = {},
) {
  const stock = await api(gatehouse, stockFormat);
  const orders = await api(gatehouse, ordersFormat);
  const tokenExchange = { audiences: [orders.resource], targets: [stock.resource], ...policy };
  await gatehouse.gatehouse.clients.update(orders.app.id, { tokenExchange });
  const { app, rp } = await webApp(gatehouse, {
    resources: [orders.resource],
    firstParty: true,
    ...appSettings,
  });
  const user = await gatehouse.addUser();
  const signedIn = await obtainTokens(
    rp,
    user,
    { scope: `openid ${orders.read}`, resource: orders.resource },
    { tokenParameters: { resource: orders.resource } },
  );
  return { stock, orders, app, rp, user, signedIn, token: signedIn.access_token };
}

export type Fields = Record<string, string | undefined> | [string, string][];

/** An exchange as the client at hand asks for it; a field that is undefined is left out. */
export function exchange(
  gatehouse: Instance,
  app: App,
  fields: Fields,
  headers: Record<string, string> = {},
) {
  const given = Array.isArray(fields) ? fields : Object.entries(fields);
  const names = new Set(given.map(([name]) => name));
  const standard = [
    ['grant_type', EXCHANGE_GRANT],
    ['subject_token_type', ACCESS_TOKEN_TYPE],
    ...(names.has('actor_token') ? [['actor_token_type', ACCESS_TOKEN_TYPE]] : []),
  ].filter(([name]) => !names.has(name!));
  const form = [...standard, ...given].filter(([, value]) => value !== undefined) as [string, string][];
  const credentials = app.secret === '' ? {} : basic(app);
  const named = app.secret === '' ? [['client_id', app.id] as [string, string]] : [];
  return postForm(`${gatehouse.issuer}/token`, [...named, ...form], { ...credentials, ...headers });
}

/** A token of the client's own, which shows who acts. */
export async function ownToken(gatehouse: Instance, app: App, resource?: string): Promise<string> {
  const { body } = await postForm(
    `${gatehouse.issuer}/token`,
    { grant_type: 'client_credentials', ...(resource === undefined ? {} : { resource }) },
    basic(app),
  );
  return String(body['access_token']);
}
