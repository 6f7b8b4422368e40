import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Config } from '../../config.js';
import { cibaGrant } from '../../domain/client-kinds.js';
import { openSecret } from '../../domain/client-secrets.js';
import { grantedMetadata, isLapsed, type RegistrationPolicy } from '../../domain/registration-policy.js';
import type { Vault } from '../../domain/vault.js';
import { requestScope } from '../../http/request-scope.js';
import type { ClientRecord, ClientStore } from '../../store/clients.js';
import type { Clock } from '../../store/store.js';
import { ACCOUNT_CLIENT, accountClient } from '../account-client.js';

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
  /** Names of the types of authorization details that there are. */
  detailsTypes: readonly string[];
}

/** A client as the library knows it. */
export function clientPayload(
  record: ClientRecord,
  { vault, clock, policy, detailsTypes }: ClientPayloadDeps,
): AdapterPayload {
  const { authorization_details_types: limit, ...metadata } = record.metadata;
  const payload: AdapterPayload = { ...metadata, client_id: record.id };
  // RFC 9396 10: all types unless some are named. One that is gone would make the library refuse the client.
  payload['authorization_details_types'] = detailsTypes.filter(
    (type) => !Array.isArray(limit) || limit.includes(type),
  );
  if (record.registration) Object.assign(payload, grantedMetadata(policy, record));
  // The library wants to see a secret wherever one is used; most of ours are hashes that it never compares itself.
  const { secrets } = record;
  if (secrets[0]) payload['client_secret'] = openSecret(secrets, vault, clock()) ?? secrets[0].hash;
  return payload;
}

/** Clients, read-only for the library: they are made by our own rules (`src/domain/clients.ts`). */
export function createClientAdapter(
  deps: ClientPayloadDeps & {
    store: ClientStore;
    config: Pick<Config, 'issuer' | 'brand' | 'protocol'>;
  },
): Adapter {
  const { store, config } = deps;
  const { ciba } = config.protocol;
  const ourOwn = ciba ? accountClient({ issuer: config.issuer, name: config.brand.name }) : undefined;
  const readOnly = async (): Promise<never> => {
    throw new Error('clients are not written by the library');
  };
  return {
    async find(id) {
      if (id === ACCOUNT_CLIENT) return ourOwn && structuredClone(ourOwn);
      const record = await clientRecord(store, id);
      if (!record || isLapsed(record, deps.clock())) return undefined;
      const payload = clientPayload(record, deps);
      // The library would refuse the whole client for a grant that was switched off after it was given.
      if (!ciba)
        payload['grant_types'] = (payload['grant_types'] ?? []).filter((grant) => grant !== cibaGrant);
      return payload;
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
  };
}
