import type { Config } from '../config.js';
import type { CertificateAuthorities } from '../domain/certificate-authorities.js';
import type { Clients } from '../domain/clients.js';
import type { InitialAccessTokens } from '../domain/initial-access-tokens.js';
import type { KeyRing } from '../domain/keys.js';
import type { Notices } from '../domain/notices.js';
import type { RegisteredClients } from '../domain/registered-clients.js';
import type { Users } from '../domain/users.js';
import type { Vault } from '../domain/vault.js';
import type { CertificateReader } from '../http/client-certificate.js';
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
  initialAccessTokens: InitialAccessTokens;
  /** As they are now: when they change, another provider is built. */
  keys: KeyRing;
  /** Names of the types of authorization details, as they are now. */
  detailsTypes: readonly string[];
  vault: Vault;
  presenter: Presenter;
  notices: Notices;
  clock: Clock;
  /** The certificate that a client shows with its request. */
  certificateOf: CertificateReader;
  /** Who may have issued it, for `tls_client_auth`; undefined: nobody. */
  authorities?: CertificateAuthorities | undefined;
}
