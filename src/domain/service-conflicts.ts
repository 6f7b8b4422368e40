import { isDeepStrictEqual } from 'node:util';
import type { ServiceRecord } from '../store/services.js';
import type { Fault } from './faults.js';
import type { ServiceSettings } from './services.js';

/** What would change a service that stands; who only adds to it must not, since other apps rely on what it is. */
export function serviceConflicts(stands: ServiceRecord, given: Partial<ServiceSettings>): Fault[] {
  const faults: Fault[] = [];
  const differs = (field: string, value: string, now: string) => {
    const change = `To change it for everybody: gatehouse services update ${stands.resource}`;
    faults.push({ field, value, reason: `would change the service that stands: ${now}. ${change}` });
  };
  if (given.name !== undefined && given.name !== stands.name) {
    differs('serviceName', given.name, `its name is ${stands.name}`);
  }
  if (given.tokenFormat !== undefined && given.tokenFormat !== stands.tokenFormat) {
    differs('tokenFormat', given.tokenFormat, `the format of its tokens is ${stands.tokenFormat}`);
  }
  if (given.tokenTtl !== undefined && given.tokenTtl !== stands.tokenTtl) {
    const now = stands.tokenTtl === undefined ? "the server's" : `${stands.tokenTtl} seconds`;
    differs('tokenTtl', String(given.tokenTtl), `the life of its tokens is ${now}`);
  }
  if (given.tokenAlg !== undefined && given.tokenAlg !== stands.tokenAlg) {
    differs(
      'tokenAlg',
      given.tokenAlg,
      `the algorithm of its tokens is ${stands.tokenAlg ?? "the server's"}`,
    );
  }
  for (const { name, description } of given.scopes ?? []) {
    const known = stands.scopes.find((scope) => scope.name === name);
    if (known !== undefined && known.description !== description) {
      differs('scopes', `${name}=${description}`, `${name} says "${known.description}"`);
    }
  }
  for (const declared of given.detailsTypes ?? []) {
    const known = stands.detailsTypes?.find(({ type }) => type === declared.type);
    if (known !== undefined && !isDeepStrictEqual(known, declared)) {
      differs('detailsTypes', declared.type, 'it declares this type otherwise');
    }
  }
  return faults;
}
