import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientRecord, ClientRegistration } from '../store/clients.js';
import type { Clock, JsonObject, Store } from '../store/store.js';
import { hasSecret } from './client-kinds.js';
import { createSecret, isLive, isUsedAsKey } from './client-secrets.js';
import { faultsOf } from './client-faults.js';
import { toMetadata, wireNames } from './client-settings.js';
import type { Clients } from './clients.js';
import { RejectedError, type Fault } from './faults.js';
import type { ProtocolLimits } from './protocol-metadata.js';
import { readMetadata } from './registered-metadata.js';
import { DAY, insideFaults, isLapsed, type RegistrationPolicy } from './registration-policy.js';
import type { Vault } from './vault.js';

export interface RegisteredClient {
  client: ClientRecord;
  /** A secret that was made now: shown this once. */
  secret?: string;
}

export interface Registration extends RegisteredClient {
  /** RFC 7592 3: what the client manages itself with. Shown this once. */
  token: string;
}

export interface Registering {
  /** Claims of its software statement. */
  statement?: JsonObject | undefined;
  /** Id of its initial access token. */
  initialAccessToken?: string | undefined;
  /** What else has to hold for a client that keeps every rule, last of all before it is stored; throws where not. */
  admit(client: ClientRecord): Promise<void>;
}

/** Clients that nobody adds: apps that register and manage themselves (RFC 7591, RFC 7592). */
export interface RegisteredClients {
  /** Rejects with every fault at once (`RejectedError`), by the names on the wire. */
  register(metadata: JsonObject, by: Registering): Promise<Registration>;
  /** The client that this token manages; undefined also when there is no such client. */
  authenticate(id: string, token: string): Promise<ClientRecord | undefined>;
  /** Everything that the client said of itself is what it says now (RFC 7592 2.2). */
  replace(
    client: ClientRecord,
    metadata: JsonObject,
    by: Omit<Registering, 'initialAccessToken'>,
  ): Promise<RegisteredClient>;
  /** It got a token: it is kept for longer. Written at most once a day, and not at all for clients of the operator. */
  noteUse(client: ClientRecord): Promise<void>;
  /** Removes up to `limit` of those that nobody uses any more, and returns how many. */
  removeLapsed(limit: number): Promise<number>;
}

interface RegisteredClientsDeps {
  store: Pick<Store, 'clients'>;
  clients: Pick<Clients, 'remove'>;
  clock: Clock;
  vault: Vault;
  limits: ProtocolLimits;
  policy: RegistrationPolicy;
}

export function createRegisteredClients(deps: RegisteredClientsDeps): RegisteredClients {
  const { store, clients, clock, vault, limits, policy } = deps;

  /** By the rules for every client, and by those for strangers. */
  function judge(id: string, request: JsonObject, statement: JsonObject = {}) {
    const read = readMetadata({ ...request, ...statement }, id);
    const { kind, confidential, settings } = read;
    const faults = [
      ...read.faults,
      ...faultsOf(kind, confidential, settings, limits).map(onTheWire),
      ...insideFaults(read, policy),
    ];
    if (faults.length > 0)
      throw new RejectedError('invalid', 'The client cannot be registered like this.', faults);
    return { kind, metadata: toMetadata(kind, confidential, settings) };
  }

  async function register(
    request: JsonObject,
    { statement, initialAccessToken, admit }: Registering,
  ): Promise<Registration> {
    const now = clock();
    // Nothing of a name that a stranger chose: ids stand in addresses and logs.
    const id = `dyn-${randomBytes(16).toString('hex')}`;
    const { kind, metadata } = judge(id, request, statement);
    const secret = hasSecret({ metadata }) ? newSecret(metadata, now) : undefined;
    const token = `ghr_${randomBytes(32).toString('base64url')}`;
    const registration: ClientRegistration = {
      tokenHash: digest(token).toString('base64url'),
      ...(initialAccessToken !== undefined && { initialAccessToken }),
      ...(statement !== undefined && { statement }),
    };
    const client: ClientRecord = {
      id,
      kind,
      metadata,
      secrets: secret === undefined ? [] : [secret.record],
      registration,
      keptUntil: now + policy.keptUnused,
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    await admit(client);
    await store.clients.create(client);
    return { client, token, ...(secret && { secret: secret.secret }) };
  }

  async function authenticate(id: string, token: string): Promise<ClientRecord | undefined> {
    const client = await store.clients.find(id);
    const expected = client?.registration?.tokenHash;
    if (expected === undefined || isLapsed(client!, clock())) return undefined;
    return timingSafeEqual(Buffer.from(expected, 'base64url'), digest(token)) ? client : undefined;
  }

  async function replace(
    before: ClientRecord,
    request: JsonObject,
    { statement = before.registration?.statement, admit }: Omit<Registering, 'initialAccessToken'>,
  ): Promise<RegisteredClient> {
    const judged = judge(before.id, request, statement);
    const applyTo = (client: ClientRecord) => withMetadata(client, { ...judged, statement });
    await admit(applyTo(before).client);
    let standing: ClientRecord | undefined = before;
    for (let attempt = 0; standing !== undefined && attempt < 10; attempt += 1) {
      const { client, secret } = applyTo(standing);
      const outcome = await store.clients.update(client);
      if (outcome === 'updated')
        return { client: { ...client, version: client.version + 1 }, ...(secret && { secret }) };
      // Somebody else was faster: once more, on what they left.
      standing = await store.clients.find(before.id);
    }
    throw new RejectedError('conflict', 'The client was changed or removed meanwhile.');
  }

  /** With a secret made now where it has none that does. */
  function withMetadata(
    before: ClientRecord,
    { kind, metadata, statement }: Pick<ClientRecord, 'kind' | 'metadata'> & Pick<Registering, 'statement'>,
  ): RegisteredClient {
    const now = clock();
    const live = before.secrets.filter((secret) => isLive(secret, now));
    const fits = isUsedAsKey(metadata) ? live.some(({ sealed }) => sealed !== undefined) : live.length > 0;
    const made = hasSecret({ metadata }) && !fits ? newSecret(metadata, now) : undefined;
    const client: ClientRecord = {
      ...before,
      kind,
      metadata,
      secrets: made === undefined ? before.secrets : [made.record],
      registration: { ...before.registration!, ...(statement !== undefined && { statement }) },
      updatedAt: now,
    };
    return { client, ...(made && { secret: made.secret }) };
  }

  function newSecret(metadata: JsonObject, now: number) {
    return createSecret(now, isUsedAsKey(metadata) ? vault : undefined);
  }

  async function noteUse(client: ClientRecord): Promise<void> {
    const keptUntil = clock() + policy.keptAfterUse;
    if (client.keptUntil === undefined || keptUntil - client.keptUntil < DAY) return;
    // Who was faster noted it too, or changed the client: then the next use is noted.
    await store.clients.update({ ...client, keptUntil });
  }

  async function removeLapsed(limit: number): Promise<number> {
    const ids = await store.clients.listLapsed(limit);
    for (const id of ids) await clients.remove(id);
    return ids.length;
  }

  return { register, authenticate, replace, noteUse, removeLapsed };
}

/** The rules name what the command line names; an app knows the names of RFC 7591. */
function onTheWire(fault: Fault): Fault {
  const { field } = fault;
  return { ...fault, field: field in wireNames ? wireNames[field as keyof typeof wireNames] : field };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
