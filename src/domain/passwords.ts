import { randomBytes } from 'node:crypto';
import { readPasswordHash, type Argon2Parameters, type PasswordHash } from './password-hashes.js';
import { createPasswordPool, type Argon2Engine, type PasswordPoolStats } from './password-pool.js';

/** In UTF-8: far above any password, far below what is worth hashing for a stranger. */
export const passwordBytes = 1024;

/** What hashing may cost: parameters of argon2id for new hashes, threads, and jobs that may wait for them. */
export interface PasswordSettings extends Readonly<Argon2Parameters> {
  readonly workers: number;
  readonly queue: number;
}

export interface PasswordVerdict {
  matches: boolean;
  /** To store instead: the stored hash was imported, or its parameters are below those that are configured. */
  newHash?: string;
}

export interface Passwords {
  /** Returns the PHC string of argon2id with the configured parameters. Wants a password that `isHashable`. */
  hash(password: string): Promise<string>;
  /**
   * Compares. Without a hash, for a user that isn't there or has no password, the work is the same and the answer no.
   * Rejects with `AppError('overloaded')` when too many are waiting.
   */
  verify(hash: string | undefined, password: string): Promise<PasswordVerdict>;
  stats(): PasswordPoolStats;
  close(): Promise<void>;
}

/** False for passwords that are refused unseen, whoever they are for: empty, over 1024 bytes, or with a NUL. */
function isHashable(password: string): boolean {
  return password !== '' && !password.includes('\0') && Buffer.byteLength(password) <= passwordBytes;
}

export function createPasswords(
  config: PasswordSettings,
  options: { engine?: Argon2Engine } = {},
): Passwords {
  const parameters: Argon2Parameters = { memory: config.memory, passes: config.passes, lanes: config.lanes };
  const decoy = readPasswordHash(decoyHash(parameters));
  if (!decoy.ok) throw new RangeError(`argon2id parameters out of bounds: ${JSON.stringify(parameters)}`);
  const pool = createPasswordPool({ workers: config.workers, queue: config.queue, ...options });

  return {
    async hash(password) {
      if (!isHashable(password)) throw new RangeError('a password that must be refused before it is hashed');
      const { newHash } = await pool.run({ kind: 'hash', password: normalise(password), parameters });
      if (!newHash) throw new Error('no hash came back');
      return newHash;
    },

    async verify(stored, password) {
      if (!isHashable(password)) return { matches: false };
      const read = stored === undefined ? decoy : readPasswordHash(stored);
      const hash = read.ok ? read.hash : decoy.hash;
      const normalised = normalise(password);
      // Hashes that were imported know the password as it was typed.
      const candidates = [...new Set([normalised, password])];
      const { matches = false, newHash } = await pool.run({
        kind: 'verify',
        hash,
        candidates,
        ...(outdated(hash, parameters) && !cutOff(hash, candidates)
          ? { upgrade: { password: normalised, parameters } }
          : {}),
      });
      return newHash === undefined ? { matches } : { matches, newHash };
    },

    stats: pool.stats,
    close: pool.close,
  };
}

/** NIST SP 800-63B-4 3.1.1.2: one keyboard's é must be another's. */
function normalise(password: string): string {
  return password.normalize('NFKC');
}

function outdated(hash: PasswordHash, { memory, passes, lanes }: Argon2Parameters): boolean {
  return (
    hash.scheme !== 'argon2id' ||
    hash.encoded.includes('$v=16$') ||
    hash.memory < memory ||
    hash.passes < passes ||
    hash.lanes < lanes
  );
}

/**
 * bcrypt looks at 72 bytes. Who typed more proved only these, so what came after them must not become part of the
 * password: a slip there would lock its owner out.
 */
function cutOff(hash: PasswordHash, candidates: string[]): boolean {
  return hash.scheme === 'bcrypt' && candidates.some((candidate) => Buffer.byteLength(candidate) > 72);
}

/** Costs what a real one costs, and nothing is known that matches it. */
function decoyHash({ memory, passes, lanes }: Argon2Parameters): string {
  const random = (size: number) => randomBytes(size).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${random(16)}$${random(32)}`;
}
