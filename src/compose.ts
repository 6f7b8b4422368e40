import type { Config } from './config.js';
import { createClients, type Clients } from './domain/clients.js';
import { createFirstAdministrator, type FirstAdministrator } from './domain/first-administrator.js';
import { loadMasterKey } from './domain/master-key.js';
import { createInitialAccessTokens, type InitialAccessTokens } from './domain/initial-access-tokens.js';
import { createPasswords, type Passwords } from './domain/passwords.js';
import { loadKeys, type Keys } from './domain/keys.js';
import { loadDetailsTypes, type KnownDetailsTypes } from './domain/known-details-types.js';
import { createKnownDevices } from './domain/known-devices.js';
import { createRegisteredClients, type RegisteredClients } from './domain/registered-clients.js';
import { registrationPolicy } from './domain/registration-policy.js';
import { createServices, type Services } from './domain/services.js';
import { createSignIn, type SignIn } from './domain/sign-in.js';
import { createUserSessions, type UserSessions } from './domain/user-sessions.js';
import { createUsers, type Users } from './domain/users.js';
import { checkMasterKey, createVault, type Vault } from './domain/vault.js';
import type { Clock, Store } from './store/store.js';
import { openStore } from './open-store.js';

/** Everything that stands behind the edges (HTTP, CLI): the store and the services of the domain. */
export interface Gatehouse {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Store;
  readonly vault: Vault;
  readonly keys: Keys;
  readonly passwords: Passwords;
  readonly users: Users;
  readonly userSessions: UserSessions;
  readonly signIn: SignIn;
  readonly firstAdministrator: FirstAdministrator;
  readonly clients: Clients;
  readonly registeredClients: RegisteredClients;
  readonly initialAccessTokens: InitialAccessTokens;
  readonly services: Services;
  readonly detailsTypes: KnownDetailsTypes;
  /** Closes the store and ends the threads. */
  close(): Promise<void>;
}

/** Opens the store, brings it up to date, loads the keys and wires the services: plain objects, no container. */
export async function compose(config: Config, options: { clock?: Clock } = {}): Promise<Gatehouse> {
  const clock = options.clock ?? Date.now;
  const masterKey = await loadMasterKey({ ...config.keys, strict: config.production });
  const vault = createVault(masterKey);
  const store = await openStore(config.store.url, clock);
  try {
    await store.migrate();
    await checkMasterKey(vault, store.settings);
    if (config.production) await refuseDemoData(store);
    const longestSession = config.lifetimes.sessionAbsolute;
    const keys = await loadKeys({ store: store.keys, vault, clock, longestSession });
    const passwords = createPasswords(config.passwords);
    const userSessions = createUserSessions({ store, clock });
    const users = createUsers({
      store,
      passwords,
      clock,
      userSessions,
      minimumLength: config.passwords.minimumLength,
      brandName: config.brand.name,
    });
    const clients = createClients({ store, clock, vault, limits: config.protocol });
    return {
      config,
      clock,
      store,
      vault,
      keys,
      passwords,
      users,
      userSessions,
      signIn: createSignIn({
        store,
        passwords,
        devices: createKnownDevices({ vault, clock }),
        clock,
        throttle: config.throttle,
      }),
      firstAdministrator: createFirstAdministrator({ store, users, clock }),
      clients,
      initialAccessTokens: createInitialAccessTokens({ tokens: store.initialAccessTokens, clock }),
      registeredClients: createRegisteredClients({
        store,
        clients,
        clock,
        vault,
        limits: config.protocol,
        policy: registrationPolicy(config),
      }),
      services: createServices({ store, clock }),
      detailsTypes: await loadDetailsTypes(store.services),
      async close() {
        await passwords.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The store holds what production must not serve. */
export class DemoDataError extends Error {
  override readonly name = 'DemoDataError';
}

/** The demo marks its store before it puts anything in: people and clients whose secrets lie open in a file. */
async function refuseDemoData({ settings }: Store): Promise<void> {
  if ((await settings.get('demo')) !== true) return;
  throw new DemoDataError(
    'The store holds the data of the demo, and NODE_ENV is production. Set STORE_URL to an empty store.',
  );
}
