import { openSqlite } from '../adapters/sqlite/open-sqlite.js';
import type { Config } from './config.js';
import { createClients, type Clients } from './domain/clients.js';
import { createServices, type Services } from './domain/services.js';
import type { Store } from './store/store.js';

export interface Gatehouse {
  config: Config;
  store: Store;
  clients: Clients;
  services: Services;
  close(): Promise<void>;
}

export async function compose(config: Config): Promise<Gatehouse> {
  const clock = Date.now;
  const store = await openSqlite({ file: config.store.url.replace(/^sqlite:/, ''), clock });
  await store.migrate();
  return {
    config,
    store,
    clients: createClients({ store, clock }),
    services: createServices({ store, clock }),
    close: () => store.close(),
  };
}
