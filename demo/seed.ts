import { matchesLiveSecret } from '../src/domain/client-secrets.js';
import type { Clients } from '../src/domain/clients.js';
import type { Services } from '../src/domain/services.js';
import type { Users } from '../src/domain/users.js';
import type { Store } from '../src/store/store.js';
import type { Cast } from './cast.js';
import { inventPassword, type Secrets } from './secrets.js';

/** What the seed goes into: the same doors that the command line uses. */
export interface SeedGround {
  store: Pick<Store, 'settings'>;
  clients: Clients;
  services: Services;
  users: Users;
}

/**
 * Brings the cast into Gatehouse, at the first start and at every later one: who is there stays, with sessions and
 * consents; addresses follow the ports. Secrets that are made on the way are added to `secrets`.
 */
export async function seed(ground: SeedGround, cast: Cast, secrets: Secrets): Promise<void> {
  // First of all: a production server refuses a store with this mark, even one that was filled half.
  await ground.store.settings.put('demo', true);
  for (const { resource, ...settings } of cast.services) {
    const known = await ground.services.find(resource);
    if (known) await ground.services.update(resource, settings);
    else await ground.services.add(resource, settings);
  }
  for (const client of cast.clients) await seedClient(ground.clients, client, secrets);
  for (const user of cast.users) await seedUser(ground.users, user, secrets);
}

async function seedClient(
  clients: Clients,
  client: Cast['clients'][number],
  secrets: Secrets,
): Promise<void> {
  const { id, kind: _kind, confidential: _confidential, service: _service, ...settings } = client;
  const known = await clients.find(id);
  if (!known) {
    const { secret } = await clients.add(client);
    if (secret !== undefined) secrets.clients[id] = secret;
    return;
  }
  await clients.update(id, settings);
  const remembered = secrets.clients[id];
  const isPublic = known.secrets.length === 0;
  if (isPublic || (remembered !== undefined && matchesLiveSecret(known.secrets, remembered, Date.now())))
    return;
  secrets.clients[id] = (await clients.rotateSecret(id, { overlapSeconds: 0, endOlder: true })).secret;
}

async function seedUser(users: Users, user: Cast['users'][number], secrets: Secrets): Promise<void> {
  const { email, profile } = user;
  const remembered = secrets.users[email];
  const password = remembered ?? inventPassword();
  secrets.users[email] = password;
  const known = await users.findByLogin(email);
  if (!known) await users.add({ email, emailVerified: true, profile, password });
  else if (remembered === undefined) await users.setPassword(known.id, password);
}
