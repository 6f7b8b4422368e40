import type Koa from 'koa';
import { createApi } from './api.js';
import { CLIENTS, ORDERS_API, SCOPES, STOCK_API, type Cast } from './cast.js';
import type { Ports } from './ports.js';
import { serve, type SampleServer } from './sample-server.js';
import type { Secrets } from './secrets.js';
import { createSinglePageApp } from './single-page-app.js';
import { checkByIntrospection, checkBySignature } from './token-checks.js';
import { createTv } from './tv.js';
import { createWebApp } from './web-app.js';

/** Starts the applications of the cast, each on its port. */
export async function startSampleApps(
  { issuer, urls, addresses }: Cast,
  ports: Ports,
  secrets: Secrets,
): Promise<SampleServer[]> {
  const credentials = (clientId: string) => ({ clientId, clientSecret: secrets.clients[clientId] ?? '' });
  const allowedOrigins = [urls.board];
  const apps: [Koa, number][] = [
    [
      createWebApp({
        name: 'Acme Orders',
        look: 'orders',
        purpose: 'Where Acme’s customers would see what they ordered.',
        url: urls.orders,
        issuer,
        ...credentials(CLIENTS.orders),
        authMethod: 'client_secret_basic',
        scope: SCOPES.orders,
      }),
      ports.orders,
    ],
    [
      createWebApp({
        name: 'Acme Wiki',
        look: 'wiki',
        purpose: 'Where Acme’s people would write down what they know.',
        url: urls.wiki,
        issuer,
        ...credentials(CLIENTS.wiki),
        authMethod: 'client_secret_post',
        scope: SCOPES.wiki,
      }),
      ports.wiki,
    ],
    [
      createSinglePageApp({
        name: 'Acme Board',
        url: urls.board,
        issuer,
        clientId: CLIENTS.board,
        scope: SCOPES.board,
        apis: [
          { name: 'Acme Orders API', resource: ORDERS_API, endpoint: `${urls.ordersApi}/orders` },
          {
            name: 'Acme Archive',
            resource: ORDERS_API,
            endpoint: `${urls.ordersApi}/orders/archive`,
            about:
              'A part of the orders API that wants a sign-in of the last five minutes. After an older one, Gatehouse asks for the password again.',
          },
          { name: 'Acme Stock API', resource: STOCK_API, endpoint: `${urls.stockApi}/stock` },
        ],
      }),
      ports.board,
    ],
    [
      createApi({
        name: 'Acme Orders API',
        url: urls.ordersApi,
        issuer,
        resource: ORDERS_API,
        checks: 'by signature, against the published keys (RFC 9068)',
        checkToken: checkBySignature({ issuer, resource: [ORDERS_API, addresses.ordersApi] }),
        allowedOrigins,
        collection: {
          path: '/orders',
          scope: 'orders:read',
          items: [
            { id: 'A-1041', item: 'Anvil', quantity: 1 },
            { id: 'A-1042', item: 'Rocket skates', quantity: 2 },
          ],
        },
        archive: {
          path: '/orders/archive',
          scope: 'orders:read',
          maxAge: 300,
          items: [{ id: 'A-0017', item: 'Giant rubber band', quantity: 1, paidWith: 'card ending in 4242' }],
        },
      }),
      ports.ordersApi,
    ],
    [
      createApi({
        name: 'Acme Stock API',
        url: urls.stockApi,
        issuer,
        resource: STOCK_API,
        checks: 'by introspection: it asks Gatehouse about each one (RFC 7662)',
        checkToken: checkByIntrospection({
          issuer,
          resource: [STOCK_API, addresses.stockApi],
          ...credentials(CLIENTS.stockApi),
        }),
        allowedOrigins,
        collection: {
          path: '/stock',
          scope: 'stock:read',
          items: [
            { item: 'Anvil', left: 12 },
            { item: 'Rocket skates', left: 0 },
          ],
        },
      }),
      ports.stockApi,
    ],
    [createTv({ name: 'Acme TV', url: urls.tv, issuer, clientId: CLIENTS.tv, scope: SCOPES.tv }), ports.tv],
  ];
  return Promise.all(apps.map(([app, port]) => serve(app, port)));
}
