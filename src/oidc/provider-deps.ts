import type { Config } from '../config.js';
import type { Clients } from '../domain/clients.js';
import type { KeyRing } from '../domain/keys.js';
import type { RegisteredClients } from '../domain/registered-clients.js';
import type { Users } from '../domain/users.js';
import type { Vault } from '../domain/vault.js';
import type { Presenter } from '../http/presenter.js';
import type { Clock, Store } from '../store/store.js';

/** What the provider is built from. */
export interface ProviderDeps {
  config: Config;
  store: Pick<
    Store,
    'artifacts' | 'sessions' | 'replays' | 'consents' | 'clients' | 'services' | 'throttles'
  >;
  users: Users;
  clients: Pick<Clients, 'remove'>;
  registeredClients: RegisteredClients;
  /** As they are now: when they change, another provider is built. */
  keys: KeyRing;
  vault: Vault;
  presenter: Presenter;
  clock: Clock;
}
