import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp } from './app.js';
import type { Gatehouse } from './compose.js';
import { createPresenter } from './http/presenter.js';
import { createDoor } from './oidc/door.js';
import { queueBackchannelLogout, startLogoutDelivery } from './oidc/logout-queue.js';
import { createProvider } from './oidc/provider.js';
import { readAssets } from './pages/assets.js';
import { createPages } from './pages/pages.js';
import { startSweep } from './sweep.js';

export interface RunningServer {
  /** Where it listens, for those on this machine. */
  readonly address: AddressInfo;
  /** Stops taking requests, finishes those in flight (for up to `shutdownSeconds`), ends background work. */
  stop(): Promise<void>;
}

/** Puts the provider and the pages on a port. */
export async function startServer(gatehouse: Gatehouse, log: Logger): Promise<RunningServer> {
  const { config, clock, store, vault } = gatehouse;
  const issuerPath = new URL(config.issuer).pathname.replace(/\/$/u, '');
  const pages = createPages({
    brand: config.brand,
    defaultLanguage: config.defaultLanguage,
    assetsPath: `${issuerPath}/assets`,
  });
  const presenter = createPresenter(pages, config.defaultLanguage);
  const provider = createProvider({ ...gatehouse, presenter });
  const deliver = queueBackchannelLogout(provider, { queue: store.logoutQueue, clock });
  const door = createDoor(provider, vault);
  const app = createApp({ gatehouse, provider, door, presenter, assets: [...readAssets().values()], log });

  const server = createServer(
    { maxHeaderSize: 16_384, keepAliveTimeout: 75_000, requestTimeout: 30_000 },
    app.callback(),
  );
  await listen(server, config.listen);
  const delivery = startLogoutDelivery({ queue: store.logoutQueue, deliver, clock, log });
  const sweep = startSweep(store, log);

  return {
    address: server.address() as AddressInfo,
    async stop() {
      await Promise.all([drain(server, config.shutdownSeconds), delivery.stop(), sweep.stop()]);
    },
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** New connections are refused, idle ones closed; requests in flight get their answer, or are cut off in the end. */
function drain(server: Server, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    server.close(() => {
      clearTimeout(limit);
      resolve();
    });
    server.closeIdleConnections();
  });
}
