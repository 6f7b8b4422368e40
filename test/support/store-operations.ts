import { requestScope } from '../../src/http/request-scope.js';
import type { Artifact } from '../../src/store/artifacts.js';
import type { Store } from '../../src/store/store.js';

/** What one request asked of the store, in the order in which it did. */
export interface StoreOperations {
  reads: string[];
  writes: string[];
  /** Calls that count tries, apart from what the request is about. */
  limits: number;
}

const READING = /^(?:find|list|get|peek|someone)/u;

/** What a call is about, where the name of the port doesn't say it. */
const NAMES: Partial<Record<keyof Store, string>> = {
  clients: 'Client',
  consents: 'Consent',
  logoutQueue: 'Logout',
  replays: 'Replay',
  services: 'Service',
  sessions: 'Session',
  users: 'User',
};

/**
 * Counts the calls at the ports of a store that is at work, by the request that makes them. The store is the same one
 * and does the same; what runs in the background is not counted.
 */
export function countStoreOperations(store: Store): (requestId: string | null) => StoreOperations {
  const counts = new Map<string, StoreOperations>();
  const models = new Map<string, string>();

  /** Artifacts are told apart by their model, which a key alone doesn't show. */
  const modelOf = (given: unknown[]): string => {
    const [first] = given as [Partial<Artifact> | string];
    if (typeof first === 'string') return models.get(first) ?? 'nothing';
    if (first.key !== undefined) models.set(first.key, String(first.model));
    return first.key === undefined ? `all ${first.model ?? 'artifact'}s` : String(first.model);
  };

  for (const [name, port] of Object.entries(store) as [keyof Store, Record<string, unknown>][]) {
    if (typeof port !== 'object') continue;
    for (const [method, member] of Object.entries(port)) {
      if (typeof member !== 'function') continue;
      port[method] = (...given: unknown[]): unknown => {
        let what = name === 'artifacts' ? modelOf(given) : (NAMES[name] ?? name);
        if (method === 'findByUserCode') what = 'DeviceCode';
        const request = requestScope()?.id;
        if (request !== undefined) {
          const count = counts.get(request) ?? { reads: [], writes: [], limits: 0 };
          counts.set(request, count);
          if (name === 'throttles') count.limits += 1;
          else (READING.test(method) ? count.reads : count.writes).push(what);
        }
        return Reflect.apply(member, port, given);
      };
    }
  }
  return (request) => counts.get(String(request)) ?? { reads: [], writes: [], limits: 0 };
}
