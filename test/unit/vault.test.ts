import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createVault } from '../../src/domain/vault.js';

const masterKey = randomBytes(32);
const vault = createVault(masterKey);

describe('What the vault has sealed', () => {
  test('opens for the purpose it was sealed for, in any process with the same master key', () => {
    expect(createVault(masterKey).open('totp', vault.seal('totp', 'a seed'))).toBe('a seed');
  });

  test('does not open for another purpose', () => {
    expect(() => vault.open('csrf', vault.seal('totp', 'a seed'))).toThrow();
  });

  test('does not open with another master key', () => {
    expect(() => createVault(randomBytes(32)).open('totp', vault.seal('totp', 'a seed'))).toThrow();
  });

  test('does not open when any byte of it was changed, or when it was cut short', () => {
    const sealed = Buffer.from(vault.seal('totp', 'a seed'), 'base64url');
    for (const [at] of sealed.entries()) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(() => vault.open('totp', changed.toString('base64url'))).toThrow();
      expect(() => vault.open('totp', sealed.subarray(0, at).toString('base64url'))).toThrow();
    }
  });

  test('never looks the same twice', () => {
    expect(vault.seal('totp', 'a seed')).not.toBe(vault.seal('totp', 'a seed'));
  });
});

test('a fingerprint is the same for the same value and purpose, and for nothing else', () => {
  const fingerprint = vault.fingerprint('csrf', 'value');
  expect(createVault(masterKey).fingerprint('csrf', 'value')).toBe(fingerprint);
  expect(vault.fingerprint('csrf', 'other')).not.toBe(fingerprint);
  expect(vault.fingerprint('totp', 'value')).not.toBe(fingerprint);
  expect(createVault(randomBytes(32)).fingerprint('csrf', 'value')).not.toBe(fingerprint);
});
