import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type { ClientSecret } from '../store/clients.js';
import type { JsonObject } from '../store/store.js';
import type { Vault } from './vault.js';

/** Purpose under which the vault seals secrets that have to be known again. */
const SEALED_FOR = 'client-secret';

/**
 * Makes a secret of 256 random bits. The prefix lets scanners of source code find one that leaked; all characters are
 * unreserved, because relying parties disagree on how HTTP Basic encodes the others (RFC 6749 2.3.1). With a vault it
 * can be opened again.
 */
export function createSecret(now: number, vault?: Vault): { secret: string; record: ClientSecret } {
  const secret = `ghs_${randomBytes(32).toString('base64url')}`;
  return { secret, record: secretRecord(secret, now, vault) };
}

/** What is stored of a secret. */
function secretRecord(secret: string, now: number, vault?: Vault): ClientSecret {
  return {
    id: randomBytes(6).toString('hex'),
    hash: digest(secret).toString('base64url'),
    createdAt: now,
    ...(vault && { sealed: vault.seal(SEALED_FOR, secret) }),
  };
}

/** Whether the secret itself is used as a key, so that a hash of it is not enough (OpenID Connect Core 10, 9). */
export function isUsedAsKey(metadata: JsonObject): boolean {
  const isSymmetric = (name: string) => name.endsWith('_alg') && /^(?:dir|HS)/u.test(String(metadata[name]));
  return (
    metadata['token_endpoint_auth_method'] === 'client_secret_jwt' || Object.keys(metadata).some(isSymmetric)
  );
}

/** The newest secret that works and can be opened. */
export function openSecret(secrets: readonly ClientSecret[], vault: Vault, now: number): string | undefined {
  const sealed = secrets.findLast((secret) => secret.sealed !== undefined && isLive(secret, now))?.sealed;
  return sealed === undefined ? undefined : vault.open(SEALED_FOR, sealed);
}

export function isLive(secret: ClientSecret, now: number): boolean {
  return secret.expiresAt === undefined || secret.expiresAt > now;
}

/** Compares with every live secret; neither their number nor which one matches shows in the time it takes. */
export function matchesLiveSecret(secrets: readonly ClientSecret[], presented: string, now: number): boolean {
  const presentedDigest = digest(presented);
  let matches = false;
  for (const secret of secrets) {
    const isEqual = timingSafeEqual(Buffer.from(secret.hash, 'base64url'), presentedDigest);
    matches = (isEqual && isLive(secret, now)) || matches;
  }
  return matches;
}

/**
 * Puts a new secret beside the newest live one, which works until `overlapUntil` at the latest. Older ones end now: at
 * most two are live.
 */
export function rotate(
  secrets: readonly ClientSecret[],
  fresh: ClientSecret,
  overlapUntil: number,
  now: number,
): ClientSecret[] {
  const previous = secrets.filter((secret) => isLive(secret, now)).at(-1);
  if (previous === undefined || overlapUntil <= now) return [fresh];
  return [{ ...previous, expiresAt: Math.min(previous.expiresAt ?? Infinity, overlapUntil) }, fresh];
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
