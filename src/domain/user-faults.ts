import { RejectedError, type Fault } from './faults.js';
import type { IdentifierFault } from './identifiers.js';
import { readPasswordHash } from './password-hashes.js';
import { roles } from './roles.js';

const identifierReasons = {
  username: {
    empty: 'is empty',
    too_long: 'is longer than 64 characters',
    character: 'may hold letters, digits and . _ + - only',
    mixed_scripts: 'mixes letters of different scripts, which look alike',
    format: 'is no username',
  },
  email: {
    empty: 'is empty',
    too_long: 'is longer than an address can be',
    character: 'holds a character that addresses do not have',
    mixed_scripts: 'mixes letters of different scripts, which look alike',
    format: 'is no address like ada@example.org',
  },
};

export function identifierFault(field: 'username' | 'email', fault: IdentifierFault, value: string): Fault {
  const code = fault === 'empty' ? 'missing' : fault;
  return { field, code, value: value.slice(0, 100), reason: identifierReasons[field][fault] };
}

export const missingLogin: Fault = {
  field: 'login',
  code: 'missing',
  reason: 'is missing: give a username or an email',
};
export const twoPasswords: Fault = {
  field: 'passwordHash',
  code: 'refused',
  reason: 'cannot be given beside a password',
};

export function taken(field: string, value: string): Fault {
  return { field, code: 'taken', value, reason: 'is taken' };
}

export function hashFaults(hash: string): Fault[] {
  const read = readPasswordHash(hash);
  if (read.ok) return [];
  const reasons = {
    unknown_scheme: 'is none that can be read: argon2id, argon2i, bcrypt, scrypt and PBKDF2 can',
    malformed: 'is damaged or incomplete',
    too_costly: 'would take too long to check; it must be made with lower parameters',
  };
  return [{ field: 'passwordHash', code: read.fault, reason: reasons[read.fault] }];
}

export function roleFaults(given: string[]): Fault[] {
  return given
    .filter((role) => !roles.includes(role))
    .map((role) => {
      const meant = roles.find((known) => role !== '' && known.startsWith(role.toLowerCase()));
      return {
        field: 'roles',
        code: 'invalid',
        value: role.slice(0, 100),
        reason: `is no role of Gatehouse; ${roles.length === 1 ? 'the only one is' : 'there are'} ${roles.join(', ')}`,
        ...(meant !== undefined && { instead: meant }),
      };
    });
}

/** Rejects, unless there is nothing to say. */
export function reject(faults: Fault[]): void {
  if (faults.length > 0) throw rejection(faults);
}

export function rejection(faults: Fault[]): RejectedError {
  const duplicate = faults.every(({ code }) => code === 'taken');
  const message = duplicate ? 'Another user has this name.' : 'The user cannot be stored like this.';
  return new RejectedError(duplicate ? 'duplicate' : 'invalid', message, faults);
}

export function missing(id: string): RejectedError {
  return new RejectedError('not_found', `There is no user with the id ${id}.`);
}
