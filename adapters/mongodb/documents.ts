import { createHash } from 'node:crypto';
import type { Document } from 'mongodb';

/**
 * How records look in MongoDB: a document with the members of the record, so that an operator can read and query
 * them, with these differences:
 *
 * - `_id` is a hash of what names the record: ids are of any length and content, keys of indexes are not.
 * - `expiresAt` is a date, since TTL indexes want one.
 * - Members of open content (payloads, metadata) are JSON text: their keys may hold dots, `$` and `__proto__`, their
 *   depth may exceed the 100 levels of BSON, and null, undefined and the numbers come back as they were.
 */
export interface StoredDocument extends Document {
  _id: string;
}

/** The `_id` of the record that these strings name. */
export function recordId(...names: string[]): string {
  names.forEach(assertString);
  return createHash('sha256').update(JSON.stringify(names)).digest('base64url');
}

/**
 * A string as MongoDB can hold it: BSON is UTF-8, which has no bytes for an unpaired surrogate. Everything that goes
 * into a filter passes through here or through `recordId`: an object in its place would be read as an operator.
 */
export function text(value: string): string {
  assertString(value);
  return UNPAIRED.test(value) || value.startsWith(ESCAPE) ? ESCAPE + JSON.stringify(value) : value;
}

/** What `text` was made of. */
export function original(value: string): string {
  return value.startsWith(ESCAPE) ? (JSON.parse(value.slice(ESCAPE.length)) as string) : value;
}

/** A name of any content as one part of a field path. */
export function fieldName(name: string): string {
  return `k${Buffer.from(text(name)).toString('base64url')}`;
}

/** What `fieldName` was made of. */
export function nameOfField(field: string): string {
  return original(Buffer.from(field.slice(1), 'base64url').toString());
}

export function dateOf(milliseconds: number): Date {
  return new Date(Math.min(milliseconds, LATEST_DATE));
}

/** Matches what has no end or one after `now`: TTL indexes remove with a delay of minutes, so every filter asks. */
export function alive(now: number): { expiresAt: object } {
  return { expiresAt: { $not: { $lte: dateOf(now) } } };
}

export interface Codec<T> {
  encode: (id: string, record: T) => StoredDocument;
  decode: (document: StoredDocument) => T;
}

/** Translates records of one kind; `json` names the members of open content. */
export function createCodec<T extends object>(...json: (keyof T & string)[]): Codec<T> {
  const isJson = new Set<string>(json);

  function encodeMember(name: string, value: unknown): unknown {
    if (isJson.has(name)) return JSON.stringify(value);
    return name === 'expiresAt' ? dateOf(value as number) : mapStrings(value, text);
  }

  function decodeMember(name: string, value: unknown): unknown {
    if (isJson.has(name)) return JSON.parse(value as string);
    return name === 'expiresAt' ? (value as Date).getTime() : mapStrings(value, original);
  }

  return {
    encode: (id, record) => ({
      ...Object.fromEntries(
        Object.entries(record)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => [name, encodeMember(name, value)]),
      ),
      _id: id,
    }),
    decode: ({ _id, ...members }) =>
      Object.fromEntries(
        Object.entries(members).map(([name, value]) => [name, decodeMember(name, value)]),
      ) as T,
  };
}

function mapStrings(value: unknown, map: (value: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((element) => mapStrings(element, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapStrings(member, map)]));
}

function assertString(value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`Expected a string, got ${typeof value}`);
}

/** With the u flag, surrogates that form a pair are one character and don't match. */
const UNPAIRED = /\p{Surrogate}/u;

/** A noncharacter, which Unicode keeps free for use inside of programs. */
const ESCAPE = '\u{fdd0}';

/** The last millisecond that a date can name (ECMAScript 21.4.1.1). */
const LATEST_DATE = 8.64e15;
