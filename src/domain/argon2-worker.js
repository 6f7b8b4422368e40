// @ts-check
// The one file that hashes: a thread of the pool in password-pool.ts. JavaScript with types in comments, because a
// thread is loaded by Node itself, whether the file that starts it was compiled by tsc, tsx or swc.
import { pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import argon2 from 'argon2';
import bcrypt from 'bcryptjs';

/** @import { Argon2Parameters, PasswordHash } from './password-hashes.js' */
/** @import { Argon2Engine, PasswordAnswer, PasswordJob } from './password-pool.js' */

const engine = await loadEngine(workerData.engine);

// Hashing must not slow down those who are signed in already. On Linux 0 means this thread; elsewhere it would be the
// whole process. A container may forbid it: then all are equal.
if (process.platform === 'linux') {
  try {
    setPriority(0, 10);
  } catch {}
}

parentPort?.on('message', (/** @type {PasswordJob} */ job) => {
  void answer(job).then((sent) => parentPort?.postMessage(sent));
});

/**
 * @param {PasswordJob} job
 * @returns {Promise<PasswordAnswer>}
 */
async function answer(job) {
  try {
    if (job.kind === 'hash') return { newHash: await engine.hash(job.password, job.parameters) };
    const matches = await matchesAny(job.hash, job.candidates);
    if (!matches || !job.upgrade) return { matches };
    return { matches, newHash: await engine.hash(job.upgrade.password, job.upgrade.parameters) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'unknown' };
  }
}

/**
 * Tries all candidates, also after a match: the time tells nothing but the password's own length.
 *
 * @param {PasswordHash} hash
 * @param {string[]} candidates
 */
async function matchesAny(hash, candidates) {
  let matched = false;
  for (const candidate of candidates) matched = (await matches(hash, candidate)) || matched;
  return matched;
}

/**
 * @param {PasswordHash} hash
 * @param {string} password
 * @returns {boolean | Promise<boolean>}
 */
function matches(hash, password) {
  switch (hash.scheme) {
    case 'bcrypt':
      return bcrypt.compareSync(password, hash.encoded);
    case 'scrypt': {
      const { cost, blockSize, lanes } = hash;
      // OpenSSL counts the working memory and a little more.
      const maxmem = 256 * cost * blockSize + 256 * blockSize * lanes;
      const options = { cost, blockSize, parallelization: lanes, maxmem };
      return equals(hash.digest, (length) => scryptSync(password, bytes(hash.salt), length, options));
    }
    case 'pbkdf2':
      return equals(hash.digest, (length) =>
        pbkdf2Sync(password, bytes(hash.salt), hash.iterations, length, hash.hashName),
      );
    default:
      return engine.verify(hash.encoded, password);
  }
}

/**
 * @param {string} digest
 * @param {(length: number) => Buffer} compute
 */
function equals(digest, compute) {
  const expected = bytes(digest);
  return timingSafeEqual(expected, compute(expected.length));
}

/** @param {string} base64 */
function bytes(base64) {
  return Buffer.from(base64, 'base64');
}

/**
 * `@node-rs/argon2` takes a third of the time and stays on this thread, but has no binary for every platform. `argon2`
 * computes on a thread of libuv; that at most as many run at once as there are workers holds for it too. Both read
 * and write the same PHC strings.
 *
 * @param {Argon2Engine | undefined} wanted
 */
async function loadEngine(wanted) {
  if (wanted !== 'argon2') {
    try {
      return fastEngine(await import('@node-rs/argon2'));
    } catch (error) {
      if (wanted) throw error;
    }
  }
  return {
    /** @param {string} password @param {Argon2Parameters} parameters */
    hash: (password, { memory, passes, lanes }) =>
      argon2.hash(password, {
        type: argon2.argon2id,
        memoryCost: memory,
        timeCost: passes,
        parallelism: lanes,
      }),
    /** @param {string} encoded @param {string} password */
    verify: (encoded, password) => argon2.verify(encoded, password),
  };
}

/** @param {typeof import('@node-rs/argon2')} fast */
function fastEngine(fast) {
  return {
    /** @param {string} password @param {Argon2Parameters} parameters */
    hash: (password, { memory, passes, lanes }) =>
      fast.hashSync(password, { memoryCost: memory, timeCost: passes, parallelism: lanes, algorithm: 2 }),
    /** @param {string} encoded @param {string} password */
    verify: (encoded, password) => fast.verifySync(encoded, password),
  };
}
