import type { Fault } from './faults.js';
import { foldCase } from './identifiers.js';
import { passwordBytes } from './passwords.js';

/** Folded. What guessing starts with, and what is left of longer ones once their repetition is taken away. */
const commonPasswords = new Set(
  `000000 0123456789 111111 11111111 112233 12121212 121212 123123 123123123 1234 12345 123456 1234567 12345678
   123456789 1234567890 1234qwer 123abc 123qwe 147258369 159753 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 654321 666666
   696969 7777777 87654321 987654321 9876543210 aa123456 abc123 abc12345 abcd1234 access account admin admin123
   administrator andrew asdf asdf1234 asdfgh asdfghjkl azerty bailey baseball batman buster changeme charlie chelsea
   computer correcthorsebatterystaple daniel default demo dragon football freedom fuckyou george ginger guest hallo
   hallo123 hello hello123 hockey hunter hunter2 iloveyou internet jennifer jessica jordan killer lakers letmein
   letmein123 liverpool login lovely maggie master matrix michael michelle monkey mustang mynoob ninja nothing
   p@ssw0rd pa55word pass pass1234 passw0rd password password1 password12 password123 password1234 passwort
   passwort1 passwort123 pepper princess qazwsx qwer1234 qwerty qwerty1 qwerty12 qwerty123 qwerty12345 qwertyuiop
   qwertz qwertz123 qwertzuiop ranger robert root schalke04 secret secret123 shadow soccer starwars summer sunshine
   superman taylor temp test test123 test1234 testtest thomas thunder tigger trustno1 user welcome welcome1
   welcome123 whatever william willkommen winter yellow zaq12wsx zxcvbn zxcvbnm`.split(/\s+/),
);

/**
 * What stands against a new password (NIST SP 800-63B-4 3.1.1.2): its length, and that it is one of those that are tried
 * first. No rules of composition.
 *
 * @param names words that everyone knows about this user and this installation
 */
export function passwordFaults(
  password: string,
  { minimumLength, names }: { minimumLength: number; names: readonly string[] },
): Fault[] {
  const fault = (code: string, reason: string): Fault[] => [{ field: 'password', code, reason }];
  if (password === '') return fault('missing', 'is missing');
  if (Buffer.byteLength(password) > passwordBytes)
    return fault('too_long', `is longer than ${passwordBytes} bytes`);
  if (password.includes('\0')) return fault('refused', 'holds a NUL character');
  // One code point counts as one character.
  if ([...password.normalize('NFKC')].length < minimumLength)
    return fault('too_short', `is shorter than ${minimumLength} characters`);

  const folded = foldCase(password).trim();
  const unit = repeatedUnit(folded);
  if (commonPasswords.has(folded) || commonPasswords.has(unit) || [...unit].length <= 3 || isSequence(folded))
    return fault('too_common', 'is one of the first that anybody would try');
  const known = names.flatMap((name) => [name, name.split('@')[0] ?? '']).map(foldCase);
  if (known.some((name) => name !== '' && (name === folded || name === unit)))
    return fault('same_as_login', 'is the name of the user or of this site');
  return [];
}

/** `abab` is `ab` twice. */
function repeatedUnit(text: string): string {
  return text.slice(0, (text + text).indexOf(text, 1));
}

/** `abcdefgh`, `987654321`. */
function isSequence(text: string): boolean {
  const codePoints = [...text].map((character) => character.codePointAt(0)!);
  const steps = new Set(codePoints.slice(1).map((codePoint, index) => codePoint - codePoints[index]!));
  return steps.size === 1 && [1, -1].includes([...steps][0]!);
}
