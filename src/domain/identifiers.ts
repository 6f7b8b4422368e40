import { domainToASCII, domainToUnicode } from 'node:url';

/** Why a username or email was refused. */
export type IdentifierFault =
  | 'empty'
  | 'too_long'
  /** A character that names don't have: control, invisible, space, punctuation, or `@` in a username. */
  | 'character'
  /** Letters of scripts that aren't written together, as in `раypal` with Cyrillic `р` and `а`. */
  | 'mixed_scripts'
  /** An email without exactly one `@`, with a quoted or dotted-out local part, or without a public domain. */
  | 'format';

export type Identifier =
  | {
      ok: true;
      /** To show and to send mail to: NFKC and trimmed; the domain of an email in ASCII. */
      value: string;
      /** To compare and to look up: `value` with its case folded. */
      key: string;
    }
  | { ok: false; fault: IdentifierFault };

const usernameLength = 64;
/** RFC 5321 4.5.3.1: octets of a local part and of a domain; a path of 256 octets leaves 254 for the address. */
const localPartOctets = 64;
const domainOctets = 253;
const emailOctets = 254;

/**
 * Scripts in everyday use (Unicode UAX 31, table 5), and those that one writing system mixes (UTS 39, "highly
 * restrictive"). Whatever isn't listed is refused.
 */
const writingSystems = [
  'Latin Han Hiragana Katakana',
  'Latin Han Bopomofo',
  'Latin Han Hangul',
  ...(
    'Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Kannada Khmer Lao ' +
    'Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan'
  ).split(' '),
].map((scripts) => {
  const allowed = [...scripts.split(' '), 'Common', 'Inherited'].map((script) => `\\p{scx=${script}}`);
  return new RegExp(`^[${allowed.join('')}]*$`, 'u');
});

/** A letter or digit with at most two combining marks; what has no ink (Hangul fillers, joiners) is none. */
const letter = '(?!\\p{Default_Ignorable_Code_Point})[\\p{L}\\p{N}](?:(?!\\p{DI})\\p{M}){0,2}';
const usernameForm = new RegExp(`^(?:[._+-]|${letter})*$`, 'u');
const atom = `(?:[!#$%&'*+/=?^_\`{|}~-]|${letter})+`;
/** RFC 5322 3.4.1 dot-atom, with the letters of RFC 6531. Quoted local parts are delivered in surprising ways. */
const localPartForm = new RegExp(`^${atom}(?:\\.${atom})*$`, 'u');
const unicodeDomainForm = new RegExp(`^(?:[.-]|${letter})+$`, 'u');
const asciiDomainForm = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Normalises first and judges afterwards: what is judged is what is stored and compared. */
export function normaliseUsername(input: string): Identifier {
  const value = compose(input);
  if (value === undefined || [...value].length > usernameLength) return refused('too_long');
  if (value === '') return refused('empty');
  if (!usernameForm.test(value) || !/[\p{L}\p{N}]/u.test(value)) return refused('character');
  if (mixesScripts(value)) return refused('mixed_scripts');
  return { ok: true, value, key: foldCase(value) };
}

export function normaliseEmail(input: string): Identifier {
  const address = compose(input);
  if (address === undefined) return refused('too_long');
  if (address === '') return refused('empty');
  const [local, domain, ...rest] = address.split('@');
  if (!local || !domain || rest.length > 0) return refused('format');
  if (/[\p{C}\p{Z}\p{DI}]/u.test(address)) return refused('character');
  if (!localPartForm.test(local) || !unicodeDomainForm.test(domain)) return refused('format');

  const asciiDomain = domainToASCII(domain);
  if (!asciiDomainForm.test(asciiDomain)) return refused('format');
  const labels = domainToUnicode(asciiDomain).split('.');
  if ([local, ...labels].some(mixesScripts)) return refused('mixed_scripts');

  const value = `${local}@${asciiDomain}`;
  const tooLong =
    octets(local) > localPartOctets || asciiDomain.length > domainOctets || octets(value) > emailOctets;
  if (tooLong) return refused('too_long');
  return { ok: true, value, key: `${foldCase(local)}@${asciiDomain}` };
}

/** What a person types at sign-in: an email when it holds an `@`, otherwise a username. */
export function normaliseLogin(input: string): Identifier {
  return compose(input)?.includes('@') ? normaliseEmail(input) : normaliseUsername(input);
}

/** The form in which two spellings of one name are equal. Judges nothing: for searching and for counting tries. */
export function foldCase(text: string): string {
  // Through upper case, because that is where ß meets SS and ı meets I (ẞ gets there as ß). İ becomes i with a dot
  // above, which looks like i.
  const folded = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll('i\u0307', 'i').replaceAll('ς', 'σ').normalize('NFKC');
}

/** undefined: too long to be worth normalising. */
function compose(input: string): string | undefined {
  return input.length > 2 * emailOctets ? undefined : input.normalize('NFKC').trim();
}

function mixesScripts(text: string): boolean {
  return !writingSystems.some((system) => system.test(text));
}

function octets(text: string): number {
  return Buffer.byteLength(text);
}

function refused(fault: IdentifierFault): Identifier {
  return { ok: false, fault };
}
