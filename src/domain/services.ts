import type { DetailsType, ServiceRecord } from '../store/services.js';
import type { Clock, Store } from '../store/store.js';
import { signingAlgs } from './algorithms.js';
import { detailsTypeFaults, foreignTypeFaults } from './details-types.js';
import { RejectedError, type Fault } from './faults.js';
import { serviceConflicts } from './service-conflicts.js';

/** The scopes that speak about a person; a service cannot have one of these names. */
export const openIdScopes: readonly string[] = [
  'openid',
  'offline_access',
  'profile',
  'email',
  'address',
  'phone',
];

/** A change is tried again when somebody else was faster; each of these tries was lost to a change that was made. */
const tries = 10;

/** What can be said about a service. */
export interface ServiceSettings {
  name: string;
  /** What its tokens allow, by name; the description is a line on the consent page. */
  scopes?: { name: string; description: string }[];
  /** `jwt` unless said otherwise. */
  tokenFormat?: 'jwt' | 'opaque';
  /** Seconds, 10 to 86400. */
  tokenTtl?: number;
  tokenAlg?: string;
  /** Clients that may introspect its tokens. */
  introspectedBy?: string[];
  /** Types of authorization details (RFC 9396) that may be asked for there. */
  detailsTypes?: DetailsType[];
}

export interface Services {
  /** Adds a service; rejects with every fault (`RejectedError`). */
  add(resource: string, settings: ServiceSettings): Promise<ServiceRecord>;
  /** Changes what is given and leaves the rest; the whole is judged by the rules for new ones. */
  update(resource: string, changes: Partial<ServiceSettings>): Promise<ServiceRecord>;
  /** Adds it, or adds to it: new scopes, new types of details, and who may introspect. What would change more of it is rejected. */
  extend(resource: string, settings: ServiceSettings): Promise<ServiceRecord>;
  find(resource: string): Promise<ServiceRecord | undefined>;
  list(): Promise<ServiceRecord[]>;
  /** Takes from a client that is gone the right to introspect. */
  forgetClient(clientId: string): Promise<void>;
  /** False when there is none. Tokens that were issued for it live on until they expire. */
  remove(resource: string): Promise<boolean>;
}

export function createServices({ store, clock }: { store: Pick<Store, 'services'>; clock: Clock }): Services {
  const { services } = store;

  /** Applies a change to what stands there; when somebody else was faster, once more to what they left. */
  async function change(
    resource: string,
    decide: (before: ServiceRecord) => Partial<ServiceSettings>,
  ): Promise<ServiceRecord> {
    for (let attempt = 1; attempt <= tries; attempt++) {
      const before = await services.find(resource);
      if (before === undefined) throw notFound(resource);
      const changes = decide(before);
      const after: ServiceRecord = { ...before, ...changes, updatedAt: clock() };
      rejectFaults(serviceFaults(resource, after));
      rejectFaults(await foreignTypeFaults(services, resource, changes.detailsTypes));
      const outcome = await services.update(after);
      if (outcome === 'updated') return { ...after, version: after.version + 1 };
      if (outcome === 'missing') throw notFound(resource);
    }
    throw new RejectedError('conflict', `The service ${resource} is being changed by others; try again.`);
  }

  async function add(resource: string, settings: ServiceSettings): Promise<ServiceRecord> {
    rejectFaults(serviceFaults(resource, settings));
    rejectFaults(await foreignTypeFaults(services, resource, settings.detailsTypes));
    const now = clock();
    const service: ServiceRecord = {
      scopes: [],
      tokenFormat: 'jwt',
      introspectedBy: [],
      ...settings,
      resource,
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    if ((await services.create(service)) === 'duplicate') {
      throw new RejectedError('duplicate', `There is a service with the resource ${resource} already.`);
    }
    return service;
  }

  async function extend(resource: string, settings: ServiceSettings): Promise<ServiceRecord> {
    if ((await services.find(resource)) === undefined) {
      try {
        return await add(resource, settings);
      } catch (error) {
        // Somebody else was faster: there is one to add to.
        if (!(error instanceof RejectedError && error.code === 'duplicate')) throw error;
      }
    }
    const { name: _name, ...additions } = settings;
    const { scopes = [], introspectedBy = [], detailsTypes = [] } = additions;
    return change(resource, (before) => {
      rejectFaults(serviceConflicts(before, additions));
      return {
        scopes: [...before.scopes, ...newScopes(before, scopes)],
        introspectedBy: [...new Set([...before.introspectedBy, ...introspectedBy])],
        ...(detailsTypes.length > 0 && { detailsTypes: withTypes(before, detailsTypes) }),
      };
    });
  }

  async function forgetClient(clientId: string): Promise<void> {
    for (const { resource, introspectedBy } of await services.list()) {
      if (!introspectedBy.includes(clientId)) continue;
      try {
        await change(resource, (before) => ({
          introspectedBy: before.introspectedBy.filter((other) => other !== clientId),
        }));
      } catch (error) {
        // Gone since it was listed, and the right with it.
        if (!(error instanceof RejectedError && error.code === 'not_found')) throw error;
      }
    }
  }

  return {
    add,
    update: (resource, changes) => change(resource, () => changes),
    extend,
    forgetClient,
    find: (resource) => services.find(resource),
    list: () => services.list(),
    remove: (resource) => services.remove(resource),
  };
}

/** Those of `scopes` that the service does not have yet. */
export function newScopes<Scope extends { name: string }>(
  service: ServiceRecord | undefined,
  scopes: readonly Scope[] = [],
): Scope[] {
  return scopes.filter(({ name }) => service?.scopes.every((known) => known.name !== name) ?? true);
}

/** The types that a service has, and these: one that it has already is replaced. */
export function withTypes(service: ServiceRecord, types: readonly DetailsType[]): DetailsType[] {
  const kept = (service.detailsTypes ?? []).filter(({ type }) => types.every((other) => other.type !== type));
  return [...kept, ...types];
}

/** Everything that is wrong with a service. */
export function serviceFaults(resource: string, settings: ServiceSettings): Fault[] {
  const { name, scopes = [], tokenTtl, tokenAlg } = settings;
  const faults = resourceFault('resource', resource);
  if (name.trim() === '' || name.length > 100 || /[\p{Cc}\p{Cf}]/u.test(name)) {
    faults.push({ field: 'serviceName', value: name, reason: 'must be 1 to 100 visible characters' });
  }
  scopes.forEach((scope, index) => {
    const fault = (reason: string) => faults.push({ field: 'scopes', value: scope.name, reason });
    // RFC 6749 3.3.
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope.name)) {
      fault('must be 1 to 100 ASCII characters without space, quote or backslash');
    }
    if (openIdScopes.includes(scope.name)) fault('is the name of an OpenID scope');
    if (scopes.findIndex((other) => other.name === scope.name) !== index) fault('is given twice');
    if (
      scope.description.trim() === '' ||
      scope.description.length > 200 ||
      /\p{Cc}/u.test(scope.description)
    ) {
      fault('needs a description of 1 to 200 characters: people read it on the consent page');
    }
  });
  if (tokenTtl !== undefined && !(Number.isInteger(tokenTtl) && tokenTtl >= 10 && tokenTtl <= 86_400)) {
    faults.push({ field: 'tokenTtl', value: String(tokenTtl), reason: 'must be 10 to 86400 seconds' });
  }
  if (tokenAlg !== undefined && !signingAlgs.some((alg) => alg === tokenAlg)) {
    faults.push({ field: 'tokenAlg', value: tokenAlg, reason: `must be one of ${signingAlgs.join(', ')}` });
  }
  return [...faults, ...detailsTypeFaults(settings.detailsTypes ?? [])];
}

/** A resource indicator is an absolute URI without fragment (RFC 8707, section 2); empty when it is one. */
export function resourceFault(field: string, resource: string): Fault[] {
  const fault = (reason: string): Fault[] => [{ field, value: resource, reason }];
  if (resource.length > 500) return fault('is longer than 500 characters');
  if (!/^[\x21-\x7e]*$/.test(resource)) return fault('contains white space or characters outside ASCII');
  if (!/^[a-z][a-z0-9+.-]*:./i.test(resource) || URL.parse(resource) === null) {
    return fault('is not an absolute URI; write https://api.example.com or urn:example:orders');
  }
  if (resource.includes('#')) return fault('has a fragment, which RFC 8707 (section 2) forbids');
  return [];
}

function rejectFaults(faults: Fault[]): void {
  if (faults.length > 0)
    throw new RejectedError('invalid', 'The service cannot be stored like this.', faults);
}

function notFound(resource: string): RejectedError {
  return new RejectedError('not_found', `There is no service with the resource ${resource}.`);
}
