import type { Logger } from 'pino';
import Koa from 'koa';
import mount from 'koa-mount';
import type Provider from 'oidc-provider';
import { firstAdministratorRoutes } from './account/first-administrator.js';
import type { Gatehouse } from './compose.js';
import { answerErrors, type ErrorAnswer } from './http/answer-errors.js';
import { serveAssets } from './http/assets.js';
import { clientAddressFrom } from './http/client-address.js';
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
import type { Asset } from './pages/assets.js';

export interface AppDeps {
  gatehouse: Gatehouse;
  provider: Provider;
  door: Door;
  presenter: Presenter;
  assets: readonly Asset[];
  log: Logger;
}

/** THE MAP of the server: everything a request passes through, in running order. */
export function createApp({ gatehouse, provider, door, presenter, assets, log }: AppDeps): Koa {
  const { config, store, vault } = gatehouse;
  const issuer = new URL(config.issuer);
  const https = issuer.protocol === 'https:';
  const path = issuer.pathname.replace(/\/$/u, '');
  const showError = (ctx: Koa.Context, answer: ErrorAnswer) => presenter.show(ctx, 'error', answer);

  const app = new Koa();
  // The library reads some of its cookies through this app's keys, and others through its own: one list for both.
  app.keys = gatehouse.keys.cookies;
  app.silent = true;
  app.on('error', (error: unknown) => log.error({ err: error }, 'answer failed'));
  pinOrigin(app, issuer);

  const addressOf = clientAddressFrom(config.trustedProxies);
  app.use(openRequestScope(log, (ctx) => addressOf(ctx.req)));
  app.use(securityHeaders({ https }));
  app.use(answerErrors(showError));
  app.use(
    healthEndpoints(() =>
      store.ping().then(
        () => true,
        () => false,
      ),
    ),
  );
  app.use(refuseMalformedRequests());
  app.use(refuseOtherHosts(issuer));
  if (config.production && config.trustedProxies.length === 0) app.use(refuseUntrustedForwarding());
  app.use(limitBodies());
  app.use(serveAssets(`${path}/assets/`, assets));
  app.use(discoveryLocations(path));
  app.use(
    interactionRoutes({
      issuer,
      door,
      presenter,
      ...gatehouse,
      consents: store.consents,
      services: store.services,
      authorizationUrl: `${config.issuer}/auth`,
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
  app.use(path === '' ? mount(provider) : mount(path, provider));
  return app;
}
