import { createHash } from 'node:crypto';

/**
 * The name a record is stored under. Its id is a bearer value (a code, a token, a cookie): 256 random bits, so that a
 * plain SHA-256 can't be reversed. Whatever a request sends is hashed, so its length and content don't matter here.
 */
export function keyOf(model: string, id: string): string {
  return createHash('sha256').update(model).update('\0').update(id).digest('base64url');
}
