import type { NewClient } from '../src/domain/clients.js';
import type { ServiceSettings } from '../src/domain/services.js';
import type { Profile } from '../src/store/users.js';
import type { Ports } from './ports.js';

/** Everyone and everything that plays a part in the demo: data alone. */
export interface Cast {
  issuer: string;
  /** Origins, without a slash at the end. */
  urls: Readonly<Record<'orders' | 'wiki' | 'board' | 'ordersApi' | 'stockApi' | 'tv', string>>;
  users: readonly { email: string; profile: Profile }[];
  services: readonly ({ resource: string } & ServiceSettings)[];
  /** What the APIs are known by to apps that find them by themselves. */
  addresses: Readonly<Record<'ordersApi' | 'stockApi', string>>;
  /** In the order in which they can be added. */
  clients: readonly (NewClient & { id: string })[];
}

/**
 * Lasting names, so that they stay the same on other ports: for apps that were told them. To those that find an API by
 * themselves it is known by its address (RFC 9728 3.3), and by nothing else.
 */
export const ORDERS_API = 'https://api.acme.example/orders';
export const STOCK_API = 'https://api.acme.example/stock';

export const CLIENTS = {
  orders: 'acme-orders',
  wiki: 'acme-wiki',
  board: 'acme-board',
  stockApi: 'acme-stock-api',
  auditor: 'acme-auditor',
  nightlyExport: 'acme-nightly-export',
  script: 'acme-script',
  tv: 'acme-tv',
} as const;

export const SCOPES = {
  orders: 'openid profile email address offline_access',
  wiki: 'openid profile email',
  board: 'openid profile email orders:read stock:read',
  tv: 'openid profile',
} as const;

/** `localhost` and not 127.0.0.1: passkeys can't be made for an address. */
export function castFor(ports: Ports): Cast {
  const at = (port: number) => `http://localhost:${port}`;
  const urls = {
    orders: at(ports.orders),
    wiki: at(ports.wiki),
    board: at(ports.board),
    ordersApi: at(ports.ordersApi),
    stockApi: at(ports.stockApi),
    tv: at(ports.tv),
  };
  const addresses = { ordersApi: `${urls.ordersApi}/orders`, stockApi: `${urls.stockApi}/stock` };
  return {
    issuer: `${at(ports.gatehouse)}/oidc`,
    urls,
    addresses,
    users,
    services: [...services, ...services.map((service) => atAddress(service, addresses))],
    clients: clientsAt(urls),
  };
}

const users: Cast['users'] = [
  {
    email: 'anna@example.com',
    profile: {
      name: 'Anna Berger',
      given_name: 'Anna',
      family_name: 'Berger',
      nickname: 'Anna',
      birthdate: '1988-04-12',
      zoneinfo: 'Europe/Vienna',
      locale: 'de-AT',
      website: 'https://anna.example.com',
      address: { street_address: 'Lindengasse 4', postal_code: '1070', locality: 'Wien', country: 'Austria' },
    },
  },
  {
    email: 'ben@example.com',
    profile: {
      name: 'Ben Okafor',
      given_name: 'Ben',
      family_name: 'Okafor',
      zoneinfo: 'Europe/London',
      locale: 'en-GB',
    },
  },
];

const services: Cast['services'] = [
  {
    resource: ORDERS_API,
    name: 'Acme Orders API',
    scopes: [{ name: 'orders:read', description: 'See your orders' }],
    tokenFormat: 'jwt',
  },
  {
    resource: STOCK_API,
    name: 'Acme Stock API',
    scopes: [{ name: 'stock:read', description: 'See what is in stock' }],
    tokenFormat: 'opaque',
    introspectedBy: [CLIENTS.stockApi],
  },
];

/** The same API by its address. */
function atAddress(
  service: Cast['services'][number],
  addresses: Cast['addresses'],
): Cast['services'][number] {
  return { ...service, resource: service.resource === ORDERS_API ? addresses.ordersApi : addresses.stockApi };
}

function clientsAt(urls: Cast['urls']): Cast['clients'] {
  const webApp = (url: string) => ({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/signed-out`],
    clientUri: url,
    backchannelLogoutUri: `${url}/backchannel-logout`,
  });
  const resources = [ORDERS_API, STOCK_API];
  return [
    { kind: 'web', id: CLIENTS.orders, name: 'Acme Orders', ...webApp(urls.orders) },
    {
      kind: 'web',
      id: CLIENTS.wiki,
      name: 'Acme Wiki',
      ...webApp(urls.wiki),
      firstParty: true,
      authMethod: 'client_secret_post',
      scope: SCOPES.wiki,
    },
    {
      kind: 'spa',
      id: CLIENTS.board,
      name: 'Acme Board',
      redirectUris: [`${urls.board}/callback`],
      postLogoutRedirectUris: [`${urls.board}/`],
      clientUri: urls.board,
      resources,
      refreshTokenWithoutOfflineAccess: true,
    },
    { kind: 'api', id: CLIENTS.stockApi, name: 'Acme Stock API' },
    { kind: 'api', id: CLIENTS.auditor, name: 'Acme Auditor', introspectAll: true },
    { kind: 'service', id: CLIENTS.nightlyExport, name: 'Acme Nightly Export', resources },
    {
      kind: 'native',
      confidential: true,
      id: CLIENTS.script,
      name: 'Acme Script',
      redirectUris: ['http://127.0.0.1/cb'],
      resources,
    },
    { kind: 'device', id: CLIENTS.tv, name: 'Acme TV', clientUri: urls.tv },
  ];
}
