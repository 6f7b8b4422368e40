import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp, createWaitingApp } from './app.js';
import type { Gatehouse } from './compose.js';
import type { Config } from './config.js';
import { startDetailsTypesWatch } from './details-types-watch.js';
import { readCertificateAuthorities } from './domain/certificate-authorities.js';
import { createCertificateReader } from './http/client-certificate.js';
import { createPresenter } from './http/presenter.js';
import { startKeyWatch } from './key-watch.js';
import { createNotices } from './notices/create-notices.js';
import { createAccountDoor } from './oidc/account-door.js';
import { createDoor } from './oidc/door.js';
import { createLiveProvider } from './oidc/live-provider.js';
import { queueBackchannelLogout, startLogoutDelivery } from './oidc/logout/logout-queue.js';
import { createOutboundFetch } from './oidc/outbound/outbound.js';
import { createOutboundPost } from './oidc/outbound/outbound-post.js';
import { createProvider } from './oidc/provider.js';
import { openPorts } from './open-ports.js';
import { readAssets } from './pages/assets.js';
import { createPages } from './pages/pages.js';
import type { LogoutDelivery } from './store/logout-queue.js';
import { startSweep } from './sweep.js';

export interface RunningServer {
  /** Where it listens, for those on this machine. */
  readonly address: AddressInfo;
  /** Stops taking requests, finishes those in flight (for up to `shutdownSeconds`), ends background work. */
  stop(): Promise<void>;
}

export interface OpenServer extends RunningServer {
  /** From now on this is what answers. To be called once. */
  serve(gatehouse: Gatehouse): void;
}

/**
 * Opens the port before the store is there: until `serve`, probes learn that the process lives and is not ready, and
 * everybody else that it will be.
 */
export async function openServer(config: Config, log: Logger): Promise<OpenServer> {
  const issuerPath = new URL(config.issuer).pathname.replace(/\/$/u, '');
  const pages = createPages({
    brand: config.brand,
    defaultLanguage: config.defaultLanguage,
    assetsPath: `${issuerPath}/assets`,
  });
  const presenter = createPresenter(pages, config.defaultLanguage);
  const certificateOf = createCertificateReader(config.mutualTls, config.trustedProxies);
  const file = config.mutualTls?.authoritiesFile;
  const authorities = file === undefined ? undefined : readCertificateAuthorities(file);
  const edge = { config, presenter, assets: [...readAssets().values()], log, certificateOf };
  const ports = await openPorts(config, authorities?.pem, createWaitingApp(edge).callback(), log);
  let background: { stop(): Promise<void> }[] = [];

  return {
    address: ports.address,
    serve(gatehouse) {
      const { clock, detailsTypes, keys, store, vault } = gatehouse;
      const notices = createNotices({
        config,
        post: createOutboundPost(createOutboundFetch(config.outboundAllowed)),
        clock,
      });
      const live = createLiveProvider(() => {
        const asOfNow = { keys: keys.ring(), detailsTypes: detailsTypes.names() };
        const certificates = { certificateOf, authorities };
        const provider = createProvider({ ...gatehouse, ...certificates, ...asOfNow, presenter, notices });
        return { provider, deliver: queueBackchannelLogout(provider, { queue: store.logoutQueue, clock }) };
      });
      const currentProvider = () => live.current().provider;
      const door = createDoor(currentProvider, vault);
      const accountDoor = createAccountDoor({ ...gatehouse, currentProvider, issuer: config.issuer });
      ports.answerWith(
        createApp({ ...edge, gatehouse, provider: live.answer, door, accountDoor }).callback(),
      );
      const deliver = (delivery: LogoutDelivery) => live.current().deliver(delivery);
      background = [
        startLogoutDelivery({ queue: store.logoutQueue, deliver, clock, log }),
        startKeyWatch(keys, log, live.replace),
        startDetailsTypesWatch(detailsTypes, log, live.replace),
        startSweep([store.sweep, gatehouse.registeredClients.removeLapsed], log),
      ];
    },
    async stop() {
      await Promise.all([ports.drain(config.shutdownSeconds), ...background.map((work) => work.stop())]);
    },
  };
}

/** Puts the provider and the pages on a port. */
export async function startServer(gatehouse: Gatehouse, log: Logger): Promise<RunningServer> {
  const server = await openServer(gatehouse.config, log);
  server.serve(gatehouse);
  return server;
}
