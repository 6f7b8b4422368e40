import type { Address, Profile } from '../store/users.js';
import type { Fault } from './faults.js';

/** `null` takes a claim away; what is not named stays. */
export type ProfileChanges = { [Claim in keyof Profile]?: Profile[Claim] | null };

/** Returns what to store; undefined when the value is refused. */
type Rule = (value: unknown) => unknown;

interface Claim {
  read: Rule;
  /** What it must be, as in "website must be …". */
  must: string;
}

const line: Claim = { read: text(255), must: 'be 1 to 255 characters on one line' };
const lines: Claim = { read: text(1000, '\n'), must: 'be 1 to 1000 characters' };
const url: Claim = { read: webUrl, must: 'be an http or https URL without a password' };

/** OpenID Connect Core 5.1, without the claims that are made from the login names and times of a user. */
const claims: Record<keyof Profile, Claim> = {
  name: line,
  given_name: line,
  family_name: line,
  middle_name: line,
  nickname: line,
  profile: url,
  picture: url,
  website: url,
  gender: line,
  birthdate: { read: birthdate, must: 'be a date as YYYY-MM-DD, YYYY, or 0000-MM-DD' },
  zoneinfo: { read: timeZone, must: 'be a name of the time zone database, as Europe/Berlin' },
  locale: { read: languageTag, must: 'be a BCP 47 language tag, as de-CH' },
  phone_number: { read: phoneNumber, must: 'be a number with its country code, as +41 44 668 18 00' },
  phone_number_verified: {
    read: (value) => (typeof value === 'boolean' ? value : undefined),
    must: 'be true or false',
  },
  address: { read: address, must: 'be an object of the members that OpenID Connect Core 5.1.1 names' },
};

/** OpenID Connect Core 5.1.1. */
const addressMembers: Record<keyof Address, Claim> = {
  formatted: lines,
  street_address: lines,
  locality: line,
  region: line,
  postal_code: line,
  country: line,
};

/**
 * Applies changes to a profile and says everything that stands against them. Whether a phone number is verified goes
 * with the number: a new one is not, unless the same change says so.
 */
export function changeProfile(
  before: Profile,
  changes: ProfileChanges,
): { profile: Profile; faults: Fault[] } {
  const profile: Record<string, unknown> = { ...before };
  if (changes.phone_number !== undefined) delete profile['phone_number_verified'];
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(changes)) {
    const claim = Object.hasOwn(claims, name) ? claims[name as keyof Profile] : undefined;
    const read = value === null ? null : claim?.read(value);
    if (value === undefined) continue;
    if (claim === undefined)
      faults.push({ field: `profile.${name}`, code: 'unknown', reason: 'is no claim' });
    else if (read === undefined) faults.push(invalid(name, value, claim));
    else if (read === null) delete profile[name];
    else profile[name] = read;
  }
  if (profile['phone_number'] === undefined) delete profile['phone_number_verified'];
  return { profile: profile as Profile, faults };
}

function invalid(name: string, value: unknown, { must }: Claim): Fault {
  const shown = typeof value === 'string' ? { value: value.slice(0, 100) } : {};
  return { field: `profile.${name}`, code: 'invalid', ...shown, reason: `must ${must}` };
}

/** Without control characters, and without those that turn the direction of what stands around it on a page. */
function text(length: number, allowed = ''): Rule {
  return (value) => {
    if (typeof value !== 'string') return undefined;
    const normal = value.normalize('NFC').replaceAll('\r\n', '\n').trim();
    const refused = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
    const visible = [...normal].filter((character) => !allowed.includes(character));
    if (refused.test(visible.join('')) || !/[^\p{Z}\p{DI}]/u.test(normal)) return undefined;
    return [...normal].length <= length ? normal : undefined;
  };
}

function webUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2000 || !URL.canParse(value)) return undefined;
  const { protocol, username, password, href } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? href : undefined;
}

function birthdate(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^[12]\d{3}$/.test(value)) return value;
  const [, year, rest] = /^([12]\d{3}|0000)-(\d\d-\d\d)$/.exec(value) ?? [];
  if (year === undefined) return undefined;
  // A birthday without its year may be 29 February.
  const date = `${year === '0000' ? '2000' : year}-${rest}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? value : undefined;
}

function timeZone(value: unknown): string | undefined {
  // Newer runtimes also take offsets.
  if (typeof value !== 'string' || !/^[A-Za-z][\w+/-]{1,63}$/.test(value)) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch {
    return undefined;
  }
}

/** With an underscore too, as OpenID Connect Core 5.1 asks to expect. */
function languageTag(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  try {
    return Intl.getCanonicalLocales(value.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}

/** E.164; an extension as in RFC 3966. */
function phoneNumber(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const number = value.replace(/[\s().\u2010\u2011-]/g, '');
  return /^\+[1-9]\d{5,14}(?:;ext=\d{1,10})?$/.test(number) ? number : undefined;
}

function address(value: unknown): Address | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  const read = given.map(([name, member]): [string, unknown] => [
    name,
    Object.hasOwn(addressMembers, name) ? addressMembers[name as keyof Address].read(member) : undefined,
  ]);
  if (read.length === 0 || read.some(([, member]) => member === undefined)) return undefined;
  return Object.fromEntries(read) as Address;
}
