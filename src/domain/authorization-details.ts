import { isDeepStrictEqual } from 'node:util';
import type { DetailsField, DetailsType } from '../store/services.js';

/** An object of `authorization_details` (RFC 9396 2). */
export interface AuthorizationDetail {
  type: string;
  [member: string]: unknown;
}

/** What one of them allows, in words: the type's own, and what the client put in. */
export interface DetailInWords {
  description: string;
  fields: { label: string; values: string[] }[];
}

/** Together they travel in a header, inside of a JWT. */
const longestText = 4000;
const mostDetails = 10;
const mostEntries = 20;
/** As much as the consent page shows of a value: nobody allows what they cannot read. */
const longestValue = 200;

/** Control characters, line breaks and what turns the direction of text around: none of it shows as it is. */
const UNREADABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Those of a request, which has been judged: there are none where the parameter is missing. */
export function detailsOf(params: Readonly<Record<string, unknown>> | undefined): AuthorizationDetail[] {
  const text = params?.['authorization_details'];
  return typeof text === 'string' ? (JSON.parse(text) as AuthorizationDetail[]) : [];
}

/** What is wrong with the parameter as a whole. */
export function detailsFault(text: string): string | undefined {
  if (text.length > longestText) return `authorization_details is longer than ${longestText} characters`;
  if ((JSON.parse(text) as unknown[]).length > mostDetails)
    return `authorization_details has more than ${mostDetails} entries`;
  return undefined;
}

/** What is wrong with one, by what its type declares; in words that repeat nothing that the client made up. */
export function detailFault(
  detail: Readonly<AuthorizationDetail>,
  { type, fields }: DetailsType,
): string | undefined {
  const declared = new Set(['type', ...fields.map(({ name }) => name)]);
  // RFC 9396 5: "contains unknown fields". Own keys, `__proto__` among them.
  if (Object.keys(detail).some((name) => !declared.has(name))) {
    return `the authorization details type ${type} has no such member; it has ${[...declared].join(', ')}`;
  }
  for (const field of fields) {
    if (!Object.hasOwn(detail, field.name)) {
      if (field.required === true) return `the authorization details type ${type} needs ${field.name}`;
      continue;
    }
    const reason = valueFault(detail[field.name], field);
    if (reason !== undefined) return `${field.name} of the authorization details type ${type} ${reason}`;
  }
  return undefined;
}

function valueFault(value: unknown, { kind, allowed }: DetailsField): string | undefined {
  const among = (each: string | number) => allowed === undefined || allowed.includes(each);
  if (kind === 'number') {
    // 1e999 and 2^53 + 1 come back from JSON as something else than was sent.
    const exact = typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= 2 ** 53 - 1;
    if (!exact) return 'must be a number';
    return among(value) ? undefined : 'has a value that is not allowed';
  }
  const list: unknown[] = kind === 'list' && Array.isArray(value) ? value : [value];
  if (kind === 'list' && (!Array.isArray(value) || list.length === 0 || list.length > mostEntries))
    return `must be a list of 1 to ${mostEntries} texts`;
  const readable = (each: unknown): each is string =>
    typeof each === 'string' && each.trim() !== '' && each.length <= longestValue && !UNREADABLE.test(each);
  if (!list.every(readable))
    return `must ${kind === 'list' ? 'hold texts' : 'be a text'} of 1 to ${longestValue} visible characters`;
  return list.every(among) ? undefined : 'has a value that is not allowed';
}

export function detailInWords(
  detail: Readonly<AuthorizationDetail>,
  { description, fields }: DetailsType,
): DetailInWords {
  return {
    description,
    fields: fields
      .filter(({ name }) => Object.hasOwn(detail, name))
      .map(({ name, label = name }) => ({ label, values: [detail[name]].flat().map(String) })),
  };
}

/**
 * Whether something was granted. Fewer objects are less; one that is changed is another, even where it looks smaller:
 * what a member restricts is known to the service alone.
 */
export function isAmong(
  detail: Readonly<AuthorizationDetail>,
  granted: readonly AuthorizationDetail[] = [],
): boolean {
  return granted.some((known) => isDeepStrictEqual(known, detail));
}
