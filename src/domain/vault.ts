import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { SettingStore } from '../store/settings.js';
import { MasterKeyError } from './master-key.js';

/** Encrypts what must not stand readable in the store. */
export interface Vault {
  /** AES-256-GCM with a key of its own for each purpose; the purpose is authenticated. Returns base64url text. */
  seal(purpose: string, plaintext: string): string;
  /** Throws when it was sealed for another purpose, with another master key, or was changed. */
  open(purpose: string, sealed: string): string;
  /** A keyed fingerprint (HMAC-SHA-256, base64url) for values that must be comparable but not readable. */
  fingerprint(purpose: string, value: string): string;
}

export function createVault(masterKey: Uint8Array): Vault {
  const keys = new Map<string, Buffer>();
  const keyFor = (purpose: string): Buffer => {
    const known = keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', masterKey, '', `gatehouse/${purpose}`, 32));
    keys.set(purpose, key);
    return key;
  };
  return {
    seal(purpose, plaintext) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), bytes.subarray(0, 12), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
    fingerprint(purpose, value) {
      return createHmac('sha256', keyFor(`fingerprint/${purpose}`))
        .update(value)
        .digest('base64url');
    },
  };
}

/** A store belongs to one master key: says so in words at start, instead of failing later on some record. */
export async function checkMasterKey(vault: Vault, settings: SettingStore): Promise<void> {
  const mine = vault.fingerprint('master-key', 'check');
  const theirs = await settings.putIfAbsent('master_key_check', mine);
  if (theirs !== mine) {
    throw new MasterKeyError(
      'The store was encrypted with another master key. Give Gatehouse the key it was made with (KEYS_DIR or MASTER_KEY), or use an empty store.',
    );
  }
}
