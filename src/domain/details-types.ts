import type { DetailsField, DetailsType, ServiceStore } from '../store/services.js';
import type { Fault } from './faults.js';

const mostTypes = 20;
const mostFields = 20;
const mostAllowed = 50;
const kinds = ['string', 'number', 'list'];

/** RFC 9396 2.2: members that mean the same in every type, and the kind that each of them has. */
const commonFields: Readonly<Record<string, DetailsField['kind']>> = {
  locations: 'list',
  actions: 'list',
  datatypes: 'list',
  privileges: 'list',
  identifier: 'string',
};

/** Names that objects of JavaScript have a meaning for, and the one that says which type it is. */
const reserved = ['__proto__', 'constructor', 'prototype', 'type'];

/** Everything that is wrong with the types that a service declares; they may come from a file, in any form. */
export function detailsTypeFaults(types: readonly DetailsType[]): Fault[] {
  if (types.length > mostTypes) return [fault(undefined, `are more than ${mostTypes}`)];
  const names = types.map((declared: unknown) => (isRecord(declared) ? declared['type'] : undefined));
  return types.flatMap((declared: unknown, index) => {
    if (!isRecord(declared)) return [fault(undefined, 'must be an object with type, description and fields')];
    const { type, description, fields, ...others } = declared;
    if (typeof type !== 'string' || !/^[A-Za-z][\w:/.+~-]{0,99}$/.test(type) || reserved.includes(type)) {
      const rule = 'needs a type of 1 to 100 letters, digits and :/.+~_- that begins with a letter';
      return [fault(String(type ?? ''), rule)];
    }
    const faults: Fault[] = [];
    if (names.indexOf(type) !== index) faults.push(fault(type, 'is declared twice'));
    if (!isWords(description, 200))
      faults.push(
        fault(type, 'needs a description of 1 to 200 characters: people read it on the consent page'),
      );
    for (const name of Object.keys(others)) faults.push(fault(type, `cannot have a member ${name}`));
    if (!Array.isArray(fields) || fields.length > mostFields)
      return [...faults, fault(type, `needs fields, a list of at most ${mostFields}`)];
    const fieldNames = fields.map((field: unknown) => (isRecord(field) ? field['name'] : undefined));
    fields.forEach((field: unknown, at) => {
      const reason =
        fieldFault(field) ?? (fieldNames.indexOf(fieldNames[at]) === at ? undefined : 'is there twice');
      if (reason !== undefined)
        faults.push(fault(type, `field ${String(fieldNames[at] ?? at + 1)} ${reason}`));
    });
    return faults;
  });
}

function fieldFault(field: unknown): string | undefined {
  if (!isRecord(field)) return 'must be an object with name and kind';
  const { name, label, kind, required, allowed, ...others } = field;
  if (typeof name !== 'string' || !/^[A-Za-z_][\w-]{0,49}$/.test(name) || reserved.includes(name))
    return 'needs a name of 1 to 50 letters, digits, _ and -, other than type';
  if (typeof kind !== 'string' || !kinds.includes(kind)) return `needs a kind: ${kinds.join(', ')}`;
  const common = Object.hasOwn(commonFields, name) ? commonFields[name] : kind;
  if (kind !== common) return `must be of the kind ${common} (RFC 9396, section 2.2)`;
  if (label !== undefined && !isWords(label, 60)) return 'needs a label of 1 to 60 visible characters';
  if (required !== undefined && typeof required !== 'boolean') return 'can be required: true or false';
  if (allowed !== undefined && !isAllowedList(allowed, kind))
    return `needs as allowed 1 to ${mostAllowed} ${kind === 'number' ? 'numbers' : 'texts'}`;
  const [unknown] = Object.keys(others);
  return unknown === undefined ? undefined : `cannot have a member ${unknown}`;
}

function isAllowedList(allowed: unknown, kind: string): boolean {
  if (!Array.isArray(allowed) || allowed.length === 0 || allowed.length > mostAllowed) return false;
  return allowed.every((value: unknown) =>
    kind === 'number' ? Number.isFinite(value) : isWords(value, 200),
  );
}

/**
 * Types that another service declares: a name means one thing here. Of two services that declare one at the same moment
 * both can get it; a request means the one whose resource it names.
 */
export async function foreignTypeFaults(
  services: Pick<ServiceStore, 'list'>,
  resource: string,
  types: readonly DetailsType[] = [],
): Promise<Fault[]> {
  if (types.length === 0) return [];
  const others = (await services.list()).filter((service) => service.resource !== resource);
  return types.flatMap(({ type }) => {
    const owner = others.find(({ detailsTypes }) => detailsTypes?.some((known) => known.type === type));
    return owner === undefined ? [] : [fault(type, `is declared by ${owner.resource} already`)];
  });
}

function fault(value: string | undefined, reason: string): Fault {
  return { field: 'detailsTypes', ...(value === undefined ? {} : { value }), reason };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWords(value: unknown, longest: number): boolean {
  return (
    typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/\p{Cc}/u.test(value)
  );
}
