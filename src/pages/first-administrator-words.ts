import type { FirstAdministratorFault } from './page-data.js';

/** Faults with words of their own in the catalogue, by field; the first of each is said when the code is another one. */
export const FAULT_WORDS = {
  login: ['invalid', 'missing', 'taken', 'character', 'mixed_scripts', 'too_long', 'format'],
  password: ['refused', 'missing', 'too_short', 'too_long', 'too_common', 'same_as_login'],
  name: ['invalid'],
} as const satisfies Record<FirstAdministratorFault['field'], readonly string[]>;

export function faultKey({ field, code }: FirstAdministratorFault): string {
  const words: readonly string[] = FAULT_WORDS[field];
  return `firstAdministrator.fault.${field}.${words.includes(code) ? code : words[0]}`;
}
