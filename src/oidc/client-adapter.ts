import type { Adapter, AdapterPayload } from 'oidc-provider';
import { openSecret } from '../domain/client-secrets.js';
import { grantedMetadata, type RegistrationPolicy } from '../domain/registration-policy.js';
import type { Vault } from '../domain/vault.js';
import { requestScope } from '../http/request-scope.js';
import type { ClientRecord, ClientStore } from '../store/clients.js';
import type { Clock } from '../store/store.js';

/** The client as it was read for this request; read again where no request is under way. */
export async function clientRecord(store: ClientStore, id: string): Promise<ClientRecord | undefined> {
  const read = requestScope()?.reads.get(`client/${id}`) as ClientRecord | undefined;
  return read ?? (await store.find(id));
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
      const record = await store.find(id);
      if (!record) return undefined;
      requestScope()?.reads.set(`client/${id}`, record);
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
