import { expect, test } from '@jest/globals';
import { describePasswordHash, readPasswordHash } from '../../src/domain/password-hashes.js';

const salt = 'c2FsdHNhbHRzYWx0c2FsdA';
const digest = 'A'.repeat(43);
const fault = (hash: string) => {
  const read = readPasswordHash(hash);
  return read.ok ? 'none' : read.fault;
};

test.each([
  ['', 'unknown_scheme'],
  ['secret', 'unknown_scheme'],
  ['5f4dcc3b5aa765d61d8327deb882cf99', 'unknown_scheme'],
  ['$1$salt$abcdefgh', 'unknown_scheme'],
  ['$argon2d$v=19$m=64,t=1,p=1$' + `${salt}$${digest}`, 'unknown_scheme'],
  ['$2x$05$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q', 'unknown_scheme'],
  ['$2b$05$short', 'malformed'],
  ['$2b$03$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q', 'malformed'],
  [`$argon2id$v=19$m=7,t=1,p=1$${salt}$${digest}`, 'malformed'],
  [`$argon2id$v=19$m=64,t=0,p=1$${salt}$${digest}`, 'malformed'],
  [`$argon2id$v=19$m=64,t=1,p=1$${salt}$AAAA`, 'malformed'],
  [`$argon2id$v=19$m=64,t=1,p=1$${salt}$${'A'.repeat(42)}B`, 'malformed'],
  [`$argon2id$v=19$m=64,t=1,p=1$$${digest}`, 'malformed'],
  [`$scrypt$ln=0,r=8,p=1$${salt}$${digest}`, 'malformed'],
  [`scrypt$1000$salt$8$1$${digest}=`, 'malformed'],
  [`$pbkdf2-sha256$0$${salt}$${digest}`, 'malformed'],
  [`pbkdf2_sha256$1000$salt$${'A'.repeat(600)}`, 'malformed'],
])('%j is refused: %s', (hash, expected) => {
  expect(fault(hash)).toBe(expected);
});

test.each([
  `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${digest}`,
  `$argon2id$v=19$m=65536,t=9999,p=1$${salt}$${digest}`,
  `$argon2id$v=19$m=65536,t=1,p=255$${salt}$${digest}`,
  '$2b$31$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q',
  `$scrypt$ln=31,r=8,p=1$${salt}$${digest}`,
  `$scrypt$ln=99,r=8,p=1$${salt}$${digest}`,
  `$scrypt$ln=10,r=8,p=9999$${salt}$${digest}`,
  `scrypt$536870912$salt$8$1$${digest}=`,
  `$pbkdf2-sha256$999999999$${salt}$${digest}`,
  `$pbkdf2$1500000$${salt}$${'A'.repeat(86)}`,
])('%s would take too long to check', (hash) => {
  expect(fault(hash)).toBe('too_costly');
});

test.each([
  [`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${digest}`, 'argon2id, 19 MiB, 2 passes'],
  ['$2b$12$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q', 'bcrypt, 2^12 rounds'],
  [`scrypt$16384$salt$8$5$${digest}=`, 'scrypt, N=16384, r=8, p=5'],
  [`pbkdf2_sha256$1000000$salt$${digest}=`, 'PBKDF2-SHA256, 1000000 iterations'],
])('%s is described as %s', (text, description) => {
  const read = readPasswordHash(text);
  expect(read.ok && describePasswordHash(read.hash)).toBe(description);
});
