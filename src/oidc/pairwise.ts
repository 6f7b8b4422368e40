import type { Client } from 'oidc-provider';
import type { Vault } from '../domain/vault.js';

/** OpenID Connect Core 8.1: nobody without the master key can tell that two subjects are one person. */
export function pairwiseSubject(vault: Vault, accountId: string, client: Client): string {
  return vault.fingerprint('pairwise', `${client.sectorIdentifier}\0${accountId}`);
}

/** What a client knows a person by. */
export function subjectFor(vault: Vault, accountId: string, client: Client): string {
  return client.subjectType === 'pairwise' ? pairwiseSubject(vault, accountId, client) : accountId;
}
