import type Provider from 'oidc-provider';
import { CLIENT_SETTINGS } from '../client-metadata.js';
import { clientPayload, type ClientPayloadDeps } from '../storage/client-adapter.js';
import type { ClientRecord } from '../../store/clients.js';
import type { JsonObject } from '../../store/store.js';

interface Answered {
  client: ClientRecord;
  /** Its registration access token, as it was presented or made. */
  token: string;
  /** Where one was made now: the store has hashes. */
  secret?: string | undefined;
  /** RFC 7591 3.2.1: returned as it came. */
  softwareStatement?: string | undefined;
}

/** What stays between us and the operator, or is told otherwise. */
const WITHHELD: readonly string[] = [...CLIENT_SETTINGS, 'client_secret'];

/**
 * RFC 7591 3.2.1 and RFC 7592 3: everything that is registered, with the defaults that the provider works with where the
 * client said nothing. Types of authorization details that it is not limited to are those of the operator's services.
 */
export function registrationAnswer(
  provider: Provider,
  deps: ClientPayloadDeps,
  issuer: string,
): (answered: Answered) => JsonObject {
  const Model = provider.Client as unknown as new (metadata: object) => { metadata(): JsonObject };
  return ({ client, token, secret, softwareStatement }) => {
    const { authorization_details_types: _types, ...effective } = new Model(
      clientPayload(client, deps),
    ).metadata();
    const registered = Object.entries({ ...client.metadata, ...effective }).filter(
      ([name]) => !WITHHELD.includes(name),
    );
    return {
      ...(Object.fromEntries(registered) as JsonObject),
      client_id_issued_at: Math.floor(client.createdAt / 1000),
      ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
      ...(softwareStatement !== undefined && { software_statement: softwareStatement }),
      registration_access_token: token,
      registration_client_uri: `${issuer}/reg/${client.id}`,
    };
  };
}
