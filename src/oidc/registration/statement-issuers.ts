import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet, JWK } from 'jose';
import type Provider from 'oidc-provider';
import type { Config } from '../../config.js';
import type { StatementIssuer } from '../../domain/software-statements.js';

/** The library's store of a client's public keys. */
interface ClientKeys {
  refresh(): Promise<void>;
  selectForVerify(header: { alg: string; kid?: string | undefined }): JWK[];
}

/** Issuers of software statements that the operator has named, with their keys from a file or from an https address. */
export function statementIssuers(
  provider: Provider,
  issuers: Config['registration']['statementIssuers'],
): StatementIssuer[] {
  return issuers.map(({ issuer, jwks }) => ({
    issuer,
    keysFor: jwks.startsWith('https:') ? fetched(provider, jwks) : fromFile(jwks),
  }));
}

/** Read at each use: there are few, and a file that is renewed counts at once. */
function fromFile(file: string): StatementIssuer['keysFor'] {
  return async () => JSON.parse(await readFile(file, 'utf8')) as JSONWebKeySet;
}

/** As the library fetches the keys of a client: through the guard, within its limits, and kept for as long as they say. */
function fetched(provider: Provider, jwks_uri: string): StatementIssuer['keysFor'] {
  const Model = provider.Client as unknown as new (metadata: object) => { asymmetricKeyStore: ClientKeys };
  const { asymmetricKeyStore } = new Model({
    client_id: jwks_uri,
    jwks_uri,
    token_endpoint_auth_method: 'none',
    response_types: [],
    grant_types: [],
  });
  return async (header) => {
    await asymmetricKeyStore.refresh();
    return { keys: asymmetricKeyStore.selectForVerify(header) };
  };
}
