import type { Vault } from '../domain/vault.js';

/**
 * RFC 9449 8: the nonces that proofs must carry are made from this, so that each process accepts those of the others.
 * 32 bytes.
 */
export function nonceSecret(vault: Vault): Buffer {
  return Buffer.from(vault.fingerprint('dpop-nonce', 'secret'), 'base64url');
}
