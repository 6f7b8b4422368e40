import type { Client } from 'oidc-provider';
import { documentHost } from '../domain/client-documents.js';
import type { ClientView } from '../pages/page-data.js';
import { ACCOUNT_CLIENT } from './account-client.js';
import { settingsOf } from './client-metadata.js';

/** What pages show of a client: hostile input, escaped where it is shown. */
export function clientView(client: Client): ClientView {
  const view: ClientView = { name: client.clientName ?? client.clientId };
  if (client.clientId === ACCOUNT_CLIENT) view.isAccount = true;
  const host = documentHost(client.clientId);
  if (host !== undefined) Object.assign(view, { host, isRegistered: false });
  if (settingsOf(client).unvouched === true) view.registeredItself = true;
  if (client.logoUri !== undefined) view.logoUrl = client.logoUri;
  if (client.policyUri !== undefined) view.policyUrl = client.policyUri;
  if (client.tosUri !== undefined) view.termsUrl = client.tosUri;
  if (client.clientUri !== undefined) view.url = client.clientUri;
  return view;
}
