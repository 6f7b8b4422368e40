import type { Adapter, AdapterPayload } from 'oidc-provider';
import { openSecret } from '../domain/client-secrets.js';
import { grantedMetadata, isLapsed, type RegistrationPolicy } from '../domain/registration-policy.js';
import type { Vault } from '../domain/vault.js';
import { requestScope } from '../http/request-scope.js';
import type { ClientRecord, ClientStore } from '../store/clients.js';
import type { Clock } from '../store/store.js';

/** The client, read once for each request; read each time where no request is under way. */
export async function clientRecord(store: ClientStore, id: string): Promise<ClientRecord | undefined> {
  const reads = requestScope()?.reads;
  const known = reads?.get(`client/${id}`) as ClientRecord | undefined;
  if (known) return known;
  const record = await store.find(id);
  if (record) reads?.set(`client/${id}`, record);
  return record;
}

export interface ClientPayloadDeps {
  vault: Vault;
  clock: Clock;
  /** What clients that registered themselves have besides. */
  policy: RegistrationPolicy;
}

/** A client as the library knows it. */
export function clientPayload(
  record: ClientRecord,
  { vault, clock, policy }: ClientPayloadDeps,
): AdapterPayload {
  const payload: AdapterPayload = { ...record.metadata, client_id: record.id };
  if (record.registration) Object.assign(payload, grantedMetadata(policy, record));
  // The library wants to see a secret wherever one is used; most of ours are hashes that it never compares itself.
  const { secrets } = record;
  if (secrets[0]) payload['client_secret'] = openSecret(secrets, vault, clock()) ?? secrets[0].hash;
  return payload;
}

/** Clients, read-only for the library: they are made by our own rules (`src/domain/clients.ts`). */
export function createClientAdapter(deps: ClientPayloadDeps & { store: ClientStore }): Adapter {
  const { store } = deps;
  const readOnly = async (): Promise<never> => {
    throw new Error('clients are not written by the library');
  };
  return {
    async find(id) {
      const record = await clientRecord(store, id);
      if (!record || isLapsed(record, deps.clock())) return undefined;
      return clientPayload(record, deps);
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
  };
}
