import { hash } from 'node:crypto';

/*
 * Ids are strings of any content. As TEXT, SQLite would cut them at a NUL and drivers would replace unpaired
 * surrogates, so columns that are searched hold bytes; the strings themselves are in the JSON of the record, which
 * escapes both.
 */

/** For equality: 128 bits of SHA-256, a small key of the same size whatever the id. */
export function hashed(id: string): Uint8Array {
  return hash('sha256', sortable(id), 'buffer').subarray(0, 16);
}

export function hashedIfPresent(id: string | undefined): Uint8Array | null {
  return id === undefined ? null : hashed(id);
}

/** Two strings as one key; the separator's length prefix keeps `a`, `bc` apart from `ab`, `c`. */
export function hashedPair(first: string, second: string): Uint8Array {
  return hashed(`${first.length}:${first}${second}`);
}

/** For order and ranges: UTF-8, with unpaired surrogates, which it has no bytes for, in the way of WTF-8. */
export function sortable(id: string): Uint8Array {
  if (!UNPAIRED.test(id)) return Buffer.from(id);
  return Buffer.concat(
    id.split(UNPAIRED).map((part) => (UNPAIRED.test(part) ? surrogateBytes(part) : Buffer.from(part))),
  );
}

export function sortableIfPresent(id: string | undefined): Uint8Array | null {
  return id === undefined ? null : sortable(id);
}

/** The least value that is greater than all that start with `prefix`: no UTF-8 holds the byte 0xff. */
export function endOfPrefix(prefix: string): Uint8Array {
  return Buffer.concat([sortable(prefix), Buffer.of(0xff)]);
}

/** With the u flag, surrogates that form a pair are one character and don't match. */
const UNPAIRED = /(\p{Surrogate})/u;

function surrogateBytes(surrogate: string): Buffer {
  const code = surrogate.charCodeAt(0);
  return Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}
