import type { Logger } from 'pino';
import Koa from 'koa';
import mount from 'koa-mount';
import { firstAdministratorRoutes } from './account/first-administrator.js';
import type { Gatehouse } from './compose.js';
import type { Config } from './config.js';
import { AppError } from './domain/app-error.js';
import { answerErrors } from './http/answer-errors.js';
import { serveAssets, serveFavicon } from './http/assets.js';
import { clientAddressFrom } from './http/client-address.js';
import { frontPage } from './http/front-page.js';
import { healthEndpoints } from './http/health.js';
import { limitBodies } from './http/limit-bodies.js';
import { pinOrigin, refuseOtherHosts } from './http/pin-host.js';
import type { Presenter } from './http/presenter.js';
import { refuseMalformedRequests } from './http/refuse-malformed.js';
import { openRequestScope } from './http/request-scope.js';
import { securityHeaders } from './http/security-headers.js';
import { refuseUntrustedForwarding } from './http/untrusted-forwarding.js';
import { interactionRoutes } from './interaction/routes.js';
import type { Door } from './oidc/door.js';
import { discoveryLocations } from './oidc/discovery-locations.js';
import { endpointAt } from './oidc/endpoints.js';
import { acceptRequestsByPost } from './oidc/post-to-get.js';
import type { Asset } from './pages/assets.js';

/** What stands in front whether or not the store is there. */
export interface Edge {
  config: Config;
  presenter: Presenter;
  assets: readonly Asset[];
  log: Logger;
}

/** THE MAP of the server, first part: what every request passes through, whether or not the store is there. */
function createEdge({ config, presenter, assets, log }: Edge, isReady: () => Promise<boolean>): Koa {
  const issuer = new URL(config.issuer);
  const path = issuer.pathname.replace(/\/$/u, '');

  const app = new Koa();
  app.silent = true;
  app.on('error', (error: unknown) => log.error({ err: error }, 'answer failed'));
  pinOrigin(app, issuer);

  const addressOf = clientAddressFrom(config.trustedProxies);
  app.use(openRequestScope(log, (ctx) => addressOf(ctx.req)));
  app.use(securityHeaders({ https: issuer.protocol === 'https:' }));
  app.use(
    answerErrors({
      showPage: (ctx, answer) =>
        presenter.show(
          ctx,
          'error',
          answer.code === 'wrong_host' ? { ...answer, homeUrl: config.issuer } : answer,
        ),
      endpointAt: (address) =>
        endpointAt(path, address, { registration: config.registration.mode !== 'off' }),
    }),
  );
  app.use(healthEndpoints(isReady));
  app.use(refuseMalformedRequests());
  app.use(refuseOtherHosts(issuer));
  if (config.production && config.trustedProxies.length === 0) app.use(refuseUntrustedForwarding());
  app.use(limitBodies());
  app.use(serveAssets(`${path}/assets/`, assets));
  app.use(serveFavicon(assets));
  return app;
}

export interface AppDeps extends Edge {
  gatehouse: Gatehouse;
  /** The way into the provider. */
  provider: Koa.Middleware;
  door: Door;
}

/** THE MAP, second part: what stands behind the edge, in running order. */
export function createApp({ gatehouse, provider, door, ...edge }: AppDeps): Koa {
  const { store, vault } = gatehouse;
  const { config, presenter } = edge;
  const issuer = new URL(config.issuer);
  const path = issuer.pathname.replace(/\/$/u, '');

  const app = createEdge(edge, () =>
    store.ping().then(
      () => true,
      () => false,
    ),
  );
  // The library reads some of its cookies through this app's keys, and others through its own: one list for both.
  app.keys = gatehouse.keys.ring().cookies;
  app.use(frontPage(config.issuer, presenter));
  app.use(discoveryLocations(path));
  app.use(acceptRequestsByPost([`${path}/auth`, `${path}/session/end`]));
  app.use(
    interactionRoutes({
      issuer,
      door,
      presenter,
      ...gatehouse,
      consents: store.consents,
      services: store.services,
    }),
  );
  app.use(
    firstAdministratorRoutes({
      issuer,
      presenter,
      vault,
      firstAdministrator: gatehouse.firstAdministrator,
      minimumLength: config.passwords.minimumLength,
    }),
  );
  app.use(path === '' ? provider : mount(path, provider));
  return app;
}

/** What answers before the store does: probes, style sheets, and to all else that it must be tried again. */
export function createWaitingApp(edge: Edge): Koa {
  const app = createEdge(edge, async () => false);
  return app.use(() => {
    throw new AppError('store_unavailable', 503, { retryAfter: 2 });
  });
}
