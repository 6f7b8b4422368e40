import Provider, { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { amendMetadata } from '../discovery/amend-metadata.js';
import { settingsOf } from '../client-metadata.js';
import type { DocumentKind, ReadDocument } from '../outbound/outbound-document.js';
import { deeperReason } from '../outbound/outbound-failure.js';

/** RFC 9126 2.2: how the URIs of pushed requests begin, which lie with us. */
export const PUSHED_REQUEST = 'urn:ietf:params:oauth:request_uri:';

const REQUEST_OBJECT: DocumentKind = {
  // RFC 9101 5.2.3.
  accept: 'application/oauth-authz-req+jwt, application/jwt',
  // Also what web servers say of a file that holds a JWT.
  types: /^(?:application\/(?:oauth-authz-req\+jwt|jwt|jose|octet-stream)|text\/plain)$/u,
  mostBytes: 65_536,
};

/**
 * Request objects that lie with the client (RFC 9101 5.2.3, OpenID Connect Core 6.2), which the library takes by value
 * alone: they are fetched where it looks for the client of an authorization request, and handed on as `request`, so that
 * everything which holds for request objects holds for them. Clients that have registered no `request_uris` cost nothing
 * and get the library's answer.
 *
 * Nothing is kept of what was fetched: each sign-in asks once, at an address that the client itself has named, and the
 * object is as fresh as its signature demands. The fragment of an address tells caches when to forget it (Core 6.2), so
 * it is compared as part of the address and means nothing more.
 */
export function acceptRequestUris(provider: Provider, read: ReadDocument): void {
  const model = provider.Client as unknown as { find(id: string): Promise<Client | undefined> };
  const find = model.find.bind(model);
  model.find = async (id) => {
    const client = await find(id);
    const oidc = (Provider.ctx as KoaContextWithOIDC | undefined)?.oidc;
    if (client && oidc?.route === 'authorization' && oidc.client === undefined)
      await dereference(oidc, client, read);
    return client;
  };
}

/** The library says by itself that it can't. */
export const publishRequestUris = amendMetadata((metadata) => {
  metadata['request_uri_parameter_supported'] = true;
  metadata['require_request_uri_registration'] = true;
});

async function dereference(
  oidc: KoaContextWithOIDC['oidc'],
  client: Client,
  read: ReadDocument,
): Promise<void> {
  const params = oidc.params ?? {};
  const { request, request_uri: uri } = params;
  const { request_uris: registered = [] } = settingsOf(client);
  if (typeof uri !== 'string' || uri.startsWith(PUSHED_REQUEST) || registered.length === 0) return;
  // Refused by the library: both at once (RFC 9101 5), and clients that have to push their requests.
  if (request !== undefined || client.requirePushedAuthorizationRequests === true) return;
  try {
    // OpenID Connect Core 6.2, RFC 9101 10.4.2: nobody makes us fetch anything else.
    if (!registered.includes(uri))
      throw new errors.InvalidRequestUri('request_uri is not registered for this client');
    params['request'] = await fetchRequestObject(uri, read);
    params['request_uri'] = undefined;
  } catch (error) {
    // The library sends an error back to a client that it knows, after a look at its redirect URIs.
    oidc.entity('Client', client);
    throw error;
  }
}

async function fetchRequestObject(uri: string, read: ReadDocument): Promise<string> {
  try {
    const { text } = await read(uri.split('#', 1)[0]!, REQUEST_OBJECT);
    return text.trim();
  } catch (error) {
    throw new errors.InvalidRequestUri('the request object could not be fetched', deeperReason(error));
  }
}
