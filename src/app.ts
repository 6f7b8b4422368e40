import Koa from 'koa';
import mount from 'koa-mount';
import type { Logger } from 'pino';
import { firstAdministratorRoutes } from './account/first-administrator.js';
import { requestRoutes } from './account/requests.js';
import type { Gatehouse } from './compose.js';
import type { Config } from './config.js';
import { cibaSimulation } from './conformance/ciba-simulation.js';
import { AppError } from './domain/app-error.js';
import { answerErrors } from './http/answer-errors.js';
import { serveAssets, serveFavicon } from './http/assets.js';
import { clientAddressFrom } from './http/client-address.js';
import type { CertificateReader } from './http/client-certificate.js';
import { frontPage } from './http/front-page.js';
import { healthEndpoints } from './http/health.js';
import { limitBodies } from './http/limit-bodies.js';
import { pinOrigin, refuseOtherHosts } from './http/pin-host.js';
import type { Presenter } from './http/presenter.js';
import { refuseMalformedRequests } from './http/refuse-malformed.js';
import { refuseStrayCertificates } from './http/refuse-stray-certificates.js';
import { openRequestScope } from './http/request-scope.js';
import { securityHeaders } from './http/security-headers.js';
import { refuseUntrustedForwarding } from './http/untrusted-forwarding.js';
import { interactionRoutes } from './interaction/routes.js';
import type { AccountDoor } from './oidc/account-door.js';
import { discoveryLocations } from './oidc/discovery/discovery-locations.js';
import type { Door } from './oidc/door.js';
import { endpointAt } from './oidc/endpoints.js';
import { mutualTlsHost } from './oidc/mutual-tls/mutual-tls-endpoints.js';
import { acceptRequestsByPost } from './oidc/post-to-get.js';
import type { Asset } from './pages/assets.js';

/** What stands in front whether or not the store is there. */
export interface Edge {
  config: Config;
  presenter: Presenter;
  assets: readonly Asset[];
  log: Logger;
  certificateOf: CertificateReader;
}

/** THE MAP of the server, first part: what every request passes through, whether or not the store is there. */
function createEdge(edge: Edge, isReady: () => Promise<boolean>): Koa {
  const { config, presenter, assets, log, certificateOf } = edge;
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
        endpointAt(path, address, {
          registration: config.registration.mode !== 'off',
          ciba: config.protocol.ciba,
        }),
    }),
  );
  app.use(healthEndpoints(isReady));
  app.use(refuseMalformedRequests());
  app.use(refuseOtherHosts(issuer, mutualTlsHost(config)));
  if (config.production && config.trustedProxies.length === 0) app.use(refuseUntrustedForwarding());
  if (config.mutualTls?.header) app.use(refuseStrayCertificates(certificateOf));
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
  accountDoor: AccountDoor;
}

/** THE MAP, second part: what stands behind the edge, in running order. */
export function createApp({ gatehouse, provider, door, accountDoor, ...edge }: AppDeps): Koa {
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
  if (config.protocol.ciba) app.use(requestRoutes({ ...gatehouse, issuer, door: accountDoor, presenter }));
  if (config.protocol.profile === 'conformance')
    app.use(cibaSimulation({ issuer, door: accountDoor, clock: gatehouse.clock }));
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
