import { randomBytes } from 'node:crypto';

import type { ClientKind, ClientRecord, ClientStore } from '../store/clients.js';
import type { ServiceRecord } from '../store/services.js';
import type { Clock, Store } from '../store/store.js';
import { clientKinds, hasSecret, isConfidential } from './client-kinds.js';
import { createSecret, isLive, isUsedAsKey, rotate } from './client-secrets.js';
import { confidentialityFaults, faultsOf, idFaults, notesOn, secretFaults } from './client-faults.js';
import { settingsOf, toMetadata, type ClientSettings } from './client-settings.js';
import { servicesOfIssuers } from './assertion-issuers.js';
import { foreignTypeFaults } from './details-types.js';
import { RejectedError, type Fault } from './faults.js';
import type { ProtocolLimits } from './protocol-metadata.js';
import { serviceConflicts } from './service-conflicts.js';
import { createServices, newScopes, serviceFaults, type ServiceSettings } from './services.js';
import type { Vault } from './vault.js';

export interface NewClient extends ClientSettings {
  kind: ClientKind;
  /** Absent: made from the name. It becomes public: it stands in every sign-in address. */
  id?: string;
  /** Whether it has a secret; native apps and devices have a choice, and are public unless they say otherwise. */
  confidential?: boolean;
  /** Kind `api`: the service that it is. Made if need be; one that stands gets the new scopes, and is not changed. */
  service?: { resource: string } & Partial<ServiceSettings>;
}

/** `null` takes a setting away; what is not named stays. */
export type ClientChanges = { [Setting in keyof ClientSettings]?: ClientSettings[Setting] | null };

export interface AddedClient {
  client: ClientRecord;
  /** Shown this once: the store has its hash only. Absent for public clients. */
  secret?: string;
  /** What is accepted but worth knowing, in sentences. */
  notes: string[];
}

export interface RotatedSecret {
  client: ClientRecord;
  secret: string;
  /** Until when the secret before it works as well; absent when it ended at once. */
  previousUntil?: number;
}

export interface Clients {
  /** Rejects with every fault at once (`RejectedError`); nothing is stored then. */
  add(client: NewClient): Promise<AddedClient>;
  find(id: string): Promise<ClientRecord | undefined>;
  list(options: Parameters<ClientStore['list']>[0]): ReturnType<ClientStore['list']>;
  /** The changed client is judged whole, by the rules for new ones. */
  update(id: string, changes: ClientChanges): Promise<Omit<AddedClient, 'secret'>>;
  /** Removes it with its codes, tokens, grants and consents; false when there was none. */
  remove(id: string): Promise<boolean>;
  /**
   * A new secret beside the old one, which works for `overlapSeconds` more (0 to 30 days). While two are live it
   * rejects, since the older one was promised to live longer, unless `endOlder` says that it may end.
   */
  rotateSecret(id: string, options: { overlapSeconds: number; endOlder?: boolean }): Promise<RotatedSecret>;
}

const longestOverlapSeconds = 30 * 24 * 3600;
/** A token request that found the client can store its tokens while those before are revoked. */
const looks = 5;

interface ClientsDeps {
  store: Pick<Store, 'clients' | 'services' | 'users' | 'artifacts' | 'consents'>;
  clock: Clock;
  vault: Vault;
  limits: ProtocolLimits;
}

export function createClients({ store, clock, vault, limits }: ClientsDeps): Clients {
  const services = createServices({ store, clock });

  async function add(given: NewClient): Promise<AddedClient> {
    const { kind, id = inventId(given.name), confidential: wanted, service, ...settings } = given;
    const { confidential: rule } = clientKinds[kind];
    const confidential = rule === 'always' || (rule === 'either' && wanted === true);
    const standing = service && (await services.find(service.resource));
    rejectFaults([
      ...idFaults(id),
      ...confidentialityFaults(kind, wanted),
      ...faultsOf(kind, confidential, settings, limits),
      ...(await unknownResources(settings.resources ?? [])),
      ...(await unknownParties(settings, [id], service && [service.resource])),
      ...(service === undefined ? [] : newServiceFaults(kind, service, given.name)),
      ...(standing && service ? serviceConflicts(standing, service) : []),
      ...(service ? await foreignTypeFaults(store.services, service.resource, service.detailsTypes) : []),
    ]);
    // A subject that is a client must not pass for one that is a person (RFC 9700 4.15).
    if ((await store.users.find(id)) !== undefined) throw taken(id);

    const now = clock();
    const metadata = toMetadata(kind, confidential, settings);
    const secret = hasSecret({ metadata })
      ? createSecret(now, isUsedAsKey(metadata) ? vault : undefined)
      : undefined;
    const client: ClientRecord = {
      id,
      kind,
      metadata,
      secrets: secret === undefined ? [] : [secret.record],
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    if ((await store.clients.create(client)) === 'duplicate') throw taken(id);
    if (service !== undefined) {
      const { resource, ...rest } = service;
      await services.extend(resource, { name: given.name, ...rest, introspectedBy: [id] });
    }
    const notes = [...notesOn(kind, settings), ...(standing && service ? joinNotes(standing, service) : [])];
    return { client, ...(secret && { secret: secret.secret }), notes };
  }

  async function update(id: string, changes: ClientChanges): Promise<Omit<AddedClient, 'secret'>> {
    const client = await change(id, async (before) => {
      const old = settingsOf(before);
      const merged = Object.entries({ ...old, ...changes }).filter(([, value]) => value !== null);
      const settings = { name: '', ...Object.fromEntries(merged) } as ClientSettings;
      const confidential = isConfidential(before);
      const added = (settings.resources ?? []).filter((resource) => !old.resources?.includes(resource));
      rejectFaults([
        ...faultsOf(before.kind, confidential, settings, limits),
        ...(await unknownResources(added)),
        ...(await unknownParties(settings, [id, ...partiesOf(old)], servicesOf(old))),
      ]);
      const metadata = toMetadata(before.kind, confidential, settings);
      rejectFaults(secretFaults(before, metadata));
      return { metadata };
    });
    return { client, notes: notesOn(client.kind, settingsOf(client)) };
  }

  async function remove(id: string): Promise<boolean> {
    const removed = await store.clients.remove(id);
    // Also when it was gone: an earlier removal may have stopped half-way.
    for (let look = 1; look <= looks; look++) {
      const revoked = await store.artifacts.revoke({ clientId: id });
      await store.consents.removeAll({ clientId: id });
      if (look > 1 && revoked === 0) break;
    }
    await services.forgetClient(id);
    return removed;
  }

  async function rotateSecret(
    id: string,
    { overlapSeconds, endOlder = false }: { overlapSeconds: number; endOlder?: boolean },
  ): Promise<RotatedSecret> {
    if (!(overlapSeconds >= 0 && overlapSeconds <= longestOverlapSeconds)) {
      const reason = `must be 0 to ${longestOverlapSeconds} seconds`;
      rejectFaults([{ field: 'overlapSeconds', value: String(overlapSeconds), reason }]);
    }
    const now = clock();
    let made: ReturnType<typeof createSecret>;
    const client = await change(id, async (before) => {
      if (!hasSecret(before)) {
        const why = isConfidential(before) ? 'proves itself by its keys' : 'is public';
        throw new RejectedError('invalid', `The client ${id} ${why}: it has no secret.`);
      }
      const [older, ...newer] = before.secrets.filter((live) => isLive(live, now));
      if (older?.expiresAt !== undefined && newer.length > 0 && !endOlder)
        throw stillPromised(id, older.expiresAt);
      made = createSecret(now, isUsedAsKey(before.metadata) ? vault : undefined);
      return { secrets: rotate(before.secrets, made.record, now + overlapSeconds * 1000, now) };
    });
    const { secret, record } = made!;
    const [previous] = client.secrets.filter((other) => other.id !== record.id);
    return { client, secret, ...(previous?.expiresAt && { previousUntil: previous.expiresAt }) };
  }

  /** Applies a change to what stands there; when somebody else was faster, once more to what they left. */
  async function change(
    id: string,
    decide: (before: ClientRecord) => Promise<Partial<ClientRecord>>,
  ): Promise<ClientRecord> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const before = await store.clients.find(id);
      if (before === undefined) break;
      const after = { ...before, ...(await decide(before)), updatedAt: clock() };
      const outcome = await store.clients.update(after);
      if (outcome === 'updated') return { ...after, version: after.version + 1 };
      if (outcome === 'missing') break;
      if (attempt === 9)
        throw new RejectedError('conflict', `The client ${id} is being changed by others; try again.`);
    }
    throw new RejectedError('not_found', `There is no client with the id ${id}.`);
  }

  async function unknownResources(resources: string[], field = 'resources'): Promise<Fault[]> {
    const found = await Promise.all(resources.map((resource) => services.find(resource)));
    const unknown = resources.filter((_, index) => found[index] === undefined);
    return unknown.map((resource) => ({
      field,
      value: resource,
      reason: 'is no service that Gatehouse knows; add the API first, a client of the kind api',
    }));
  }

  /** Clients and services that its rights by exchange speak of. A name that is free could become anybody's. */
  async function unknownParties(
    { tokenExchange, mayAct, assertionIssuers }: ClientSettings,
    knownClients: readonly string[],
    knownServices: readonly string[] = [],
  ): Promise<Fault[]> {
    const unknownClients = async (field: string, ids: readonly string[]) => {
      const asked = ids.filter((id) => !knownClients.includes(id));
      const found = await Promise.all(asked.map((id) => store.clients.find(id)));
      const unknown = asked.filter((_, index) => found[index] === undefined);
      return unknown.map((value) => ({ field, value, reason: 'is no client that Gatehouse knows' }));
    };
    const newOnes = (resources: readonly string[] = []) =>
      resources.filter((resource) => !knownServices.includes(resource));
    const faults = await Promise.all([
      unknownClients('mayAct', mayAct === undefined ? [] : [mayAct]),
      unknownClients('tokenExchange.clients', tokenExchange?.clients ?? []),
      unknownResources(newOnes(tokenExchange?.audiences), 'tokenExchange.audiences'),
      unknownResources(newOnes(tokenExchange?.targets), 'tokenExchange.targets'),
      unknownResources(newOnes(servicesOfIssuers(assertionIssuers)), 'assertionIssuers'),
    ]);
    return faults.flat();
  }

  return {
    add,
    find: (id) => store.clients.find(id),
    list: (options) => store.clients.list(options),
    update,
    remove,
    rotateSecret,
  };
}

/** What its rights by exchange speak of already: it may be gone by now, and need not stand for another change. */
function partiesOf({ tokenExchange, mayAct }: ClientSettings): string[] {
  return [...(tokenExchange?.clients ?? []), ...(mayAct === undefined ? [] : [mayAct])];
}

function servicesOf({ tokenExchange, assertionIssuers }: ClientSettings): string[] {
  const asserted = servicesOfIssuers(assertionIssuers);
  return [...(tokenExchange?.audiences ?? []), ...(tokenExchange?.targets ?? []), ...asserted];
}

/** `Orders (Test)` becomes `orders-test-` and eight random characters. */
function inventId(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ['client'];
  return `${words.join('-').slice(0, 40)}-${randomBytes(4).toString('hex')}`;
}

function newServiceFaults(
  kind: ClientKind,
  service: NonNullable<NewClient['service']>,
  name: string,
): Fault[] {
  if (kind !== 'api')
    return [{ field: 'resource', value: service.resource, reason: 'is for the kind api alone' }];
  return serviceFaults(service.resource, { name, ...service });
}

function joinNotes(standing: ServiceRecord, service: NonNullable<NewClient['service']>): string[] {
  const { resource, name, tokenFormat } = standing;
  const added = newScopes(standing, service.scopes).map((scope) => scope.name);
  return [
    `The service ${resource} (${name}, ${tokenFormat} tokens) stood already; it stays as it is, and this client may introspect its tokens too.`,
    ...(added.length === 0 ? [] : [`The service has new scopes: ${added.join(', ')}.`]),
  ];
}

function stillPromised(id: string, until: number): RejectedError {
  const date = new Date(until).toISOString().slice(0, 16).replace('T', ' ');
  return new RejectedError(
    'conflict',
    `The client ${id} has two secrets, and the older one was promised to work until ${date} UTC. A third would end it now: wait, or say --yes.`,
  );
}

function rejectFaults(faults: Fault[]): void {
  if (faults.length > 0) throw new RejectedError('invalid', 'The client cannot be stored like this.', faults);
}

function taken(id: string): RejectedError {
  const fault = { field: 'id', value: id, reason: 'is taken' };
  return new RejectedError('duplicate', `The client id ${id} is taken.`, [fault]);
}
