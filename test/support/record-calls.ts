import type { Store } from '../../src/store/store.js';

/** `clients.find` for those of a port, `store.ping` for those of the store itself. */
export function methodsOf(store: Store): string[] {
  return Object.entries(store).flatMap(([name, member]: [string, unknown]) =>
    typeof member === 'function'
      ? [`store.${name}`]
      : Object.keys(member as object).map((method) => `${name}.${method}`),
  );
}

/** The same store, which writes down each method that is called. */
export function recordCalls(store: Store, called: Set<string>): Store {
  const recording = (target: object, owner: string): object =>
    Object.fromEntries(
      Object.entries(target).map(([name, member]: [string, unknown]) => {
        if (typeof member !== 'function') return [name, recording(member as object, name)];
        const call = (...given: unknown[]): unknown => {
          called.add(`${owner}.${name}`);
          return Reflect.apply(member, target, given);
        };
        return [name, call];
      }),
    );
  return recording(store, 'store') as Store;
}
