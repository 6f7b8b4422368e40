/** argon2id (RFC 9106): memory in KiB, passes over it, lanes. */
export interface Argon2Parameters {
  memory: number;
  passes: number;
  lanes: number;
}

/** A stored hash, taken apart as far as its check needs. Salts and digests are base64. */
export type PasswordHash =
  | ({ scheme: 'argon2id' | 'argon2i'; encoded: string } & Argon2Parameters)
  | { scheme: 'bcrypt'; encoded: string; rounds: number }
  | { scheme: 'scrypt'; cost: number; blockSize: number; lanes: number; salt: string; digest: string }
  | { scheme: 'pbkdf2'; hashName: string; iterations: number; salt: string; digest: string };

export type PasswordHashFault = 'unknown_scheme' | 'malformed' | 'too_costly';

export type ReadPasswordHash = { ok: true; hash: PasswordHash } | { ok: false; fault: PasswordHashFault };

/** Above these an imported hash is refused: a check may cost about a second of one thread, and no more. */
const limits = {
  argon2Memory: 256 * 1024,
  /** KiB times passes. */
  argon2Work: 2 * 1024 * 1024,
  argon2Lanes: 16,
  bcryptRounds: 14,
  scryptMemory: 256 * 1024 * 1024,
  scryptWork: 2 ** 21,
  pbkdf2Iterations: 2_000_000,
};

/** Below 16 bytes a digest would match too many passwords; above 64 no one stores it. */
const digestBytes = { least: 16, most: 64 };
const saltBytes = { least: 1, most: 128 };

const digestSizes: Record<string, number> = { sha1: 20, sha256: 32, sha512: 64 };

/**
 * Reads a hash that argon2, bcrypt, scrypt or PBKDF2 made: PHC strings, the forms of Django and passlib, and crypt(3)'s
 * for bcrypt. Whatever costs too much to check is refused here, before anything is computed.
 */
export function readPasswordHash(text: string): ReadPasswordHash {
  if (text.length > 512) return { ok: false, fault: 'malformed' };
  const scheme = schemes.find(({ prefix }) => prefix.test(text));
  if (!scheme) return { ok: false, fault: 'unknown_scheme' };
  const fields = scheme.form.exec(text)?.groups;
  const hash = fields && scheme.read(fields, text);
  if (!hash) return { ok: false, fault: 'malformed' };
  return affordable(hash) ? { ok: true, hash } : { ok: false, fault: 'too_costly' };
}

/** For people: "argon2id, 19 MiB, 2 passes". */
export function describePasswordHash(hash: PasswordHash): string {
  switch (hash.scheme) {
    case 'bcrypt':
      return `bcrypt, 2^${hash.rounds} rounds`;
    case 'scrypt':
      return `scrypt, N=${hash.cost}, r=${hash.blockSize}, p=${hash.lanes}`;
    case 'pbkdf2':
      return `PBKDF2-${hash.hashName.toUpperCase()}, ${hash.iterations} iterations`;
    default:
      return `${hash.scheme}, ${Math.round(hash.memory / 1024)} MiB, ${hash.passes} passes`;
  }
}

type Fields = Record<string, string | undefined>;

interface Scheme {
  prefix: RegExp;
  form: RegExp;
  read(fields: Fields, text: string): PasswordHash | undefined;
}

const schemes: Scheme[] = [
  {
    prefix: /^\$argon2id?\$/,
    form: /^\$(?<variant>argon2id?)\$v=(?:16|19)\$m=(?<m>\d{1,7}),t=(?<t>\d{1,4}),p=(?<p>\d{1,3})\$(?<salt>[^$]+)\$(?<digest>[^$]+)$/,
    read({ variant, m, t, p, salt, digest }, encoded) {
      if (!standardBase64(salt, saltBytes) || !standardBase64(digest, digestBytes)) return undefined;
      const parameters = { memory: Number(m), passes: Number(t), lanes: Number(p) };
      // RFC 9106 3.1: at least 8 KiB a lane.
      if (parameters.lanes < 1 || parameters.passes < 1 || parameters.memory < 8 * parameters.lanes)
        return undefined;
      return { scheme: variant === 'argon2i' ? 'argon2i' : 'argon2id', encoded, ...parameters };
    },
  },
  {
    prefix: /^\$2[aby]\$/,
    form: /^\$2[aby]\$(?<rounds>\d\d)\$[./A-Za-z0-9]{53}$/,
    read({ rounds }, encoded) {
      return Number(rounds) < 4 ? undefined : { scheme: 'bcrypt', encoded, rounds: Number(rounds) };
    },
  },
  {
    prefix: /^\$scrypt\$/,
    form: /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4}),p=(?<p>\d{1,4})\$(?<salt>[^$]+)\$(?<digest>[^$]+)$/,
    read: ({ ln, r, p, salt, digest }) =>
      scrypt(2 ** Number(ln), r, p, standardBase64(salt, saltBytes), standardBase64(digest, digestBytes)),
  },
  {
    // Django: the salt is text.
    prefix: /^scrypt\$/,
    form: /^scrypt\$(?<n>\d{1,9})\$(?<salt>[^$]+)\$(?<r>\d{1,4})\$(?<p>\d{1,4})\$(?<digest>[^$]+)$/,
    read: ({ n, r, p, salt, digest }) =>
      scrypt(Number(n), r, p, textSalt(salt), standardBase64(digest, digestBytes)),
  },
  {
    prefix: /^\$pbkdf2(?:-sha256|-sha512)?\$/,
    form: /^\$pbkdf2(?:-(?<name>sha\d+))?\$(?<iterations>\d{1,9})\$(?<salt>[^$]+)\$(?<digest>[^$]+)$/,
    read: ({ name = 'sha1', iterations, salt, digest }) =>
      pbkdf2(name, iterations, dottedBase64(salt, saltBytes), dottedBase64(digest, digestBytes)),
  },
  {
    prefix: /^pbkdf2_sha(?:1|256|512)\$/,
    form: /^pbkdf2_(?<name>sha\d+)\$(?<iterations>\d{1,9})\$(?<salt>[^$]+)\$(?<digest>[^$]+)$/,
    read: ({ name = '', iterations, salt, digest }) =>
      pbkdf2(name, iterations, textSalt(salt), standardBase64(digest, digestBytes)),
  },
];

function scrypt(
  cost: number,
  blockSize: string | undefined,
  lanes: string | undefined,
  salt: string | undefined,
  digest: string | undefined,
): PasswordHash | undefined {
  const hash = { cost, blockSize: Number(blockSize), lanes: Number(lanes) };
  // RFC 7914 2: N is a power of 2 greater than 1.
  const powerOfTwo = Number.isInteger(Math.log2(cost)) && cost > 1;
  if (!powerOfTwo || hash.blockSize < 1 || hash.lanes < 1 || !salt || !digest) return undefined;
  return { scheme: 'scrypt', ...hash, salt, digest };
}

function pbkdf2(
  hashName: string,
  iterations: string | undefined,
  salt: string | undefined,
  digest: string | undefined,
): PasswordHash | undefined {
  if (Number(iterations) < 1 || !salt || !digest) return undefined;
  return { scheme: 'pbkdf2', hashName, iterations: Number(iterations), salt, digest };
}

function affordable(hash: PasswordHash): boolean {
  switch (hash.scheme) {
    case 'bcrypt':
      return hash.rounds <= limits.bcryptRounds;
    case 'scrypt':
      return (
        128 * hash.cost * hash.blockSize <= limits.scryptMemory &&
        hash.cost * hash.blockSize * hash.lanes <= limits.scryptWork
      );
    case 'pbkdf2': {
      // RFC 8018 5.2: every block of the digest costs all iterations.
      const blocks = Math.ceil(Buffer.byteLength(hash.digest, 'base64') / (digestSizes[hash.hashName] ?? 1));
      return hash.iterations * blocks <= limits.pbkdf2Iterations;
    }
    default:
      return (
        hash.memory <= limits.argon2Memory &&
        hash.memory * hash.passes <= limits.argon2Work &&
        hash.lanes <= limits.argon2Lanes
      );
  }
}

/** Base64 without regard to padding, in its one canonical spelling; undefined when it isn't that or isn't sized so. */
function standardBase64(text = '', size: { least: number; most: number }): string | undefined {
  const unpadded = text.replace(/={1,2}$/, '');
  const bytes = Buffer.from(unpadded, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== unpadded) return undefined;
  return bytes.length < size.least || bytes.length > size.most ? undefined : unpadded;
}

/** passlib writes `.` where base64 has `+`. */
function dottedBase64(text = '', size: { least: number; most: number }): string | undefined {
  return standardBase64(text.replaceAll('.', '+'), size);
}

function textSalt(text = ''): string {
  return Buffer.from(text).toString('base64');
}
