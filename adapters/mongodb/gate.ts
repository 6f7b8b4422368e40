import { StoreUnavailableError } from '../../src/store/store.js';
import { toStoreError } from './errors.js';

/** What every call to the database goes through. */
export interface Gate {
  /** The same port, each of its calls going through `run`. */
  around<Port extends object>(port: Port): Port;
  /** Rejects with `StoreUnavailableError` when the database cannot be reached or has not answered in time. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** As `run`, but takes the time that it needs. */
  runLong<T>(work: () => Promise<T>): Promise<T>;
  /** Lets nothing in any more; resolves when what is under way has finished. */
  close(): Promise<void>;
}

type Call = (...parameters: unknown[]) => Promise<unknown>;

/**
 * The driver bounds each attempt at each command, but tries some twice, and a call may take several: only a time
 * limit around the call keeps the promise of the store. What it cuts off may still reach the database.
 */
export function createGate(limitMs: number): Gate {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function runLong<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new StoreUnavailableError('The store is closed');
    const result = work().catch((error: unknown) => {
      throw toStoreError(error);
    });
    underWay.add(result);
    try {
      return await result;
    } finally {
      underWay.delete(result);
    }
  }

  async function run<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new StoreUnavailableError(`MongoDB did not answer within ${limitMs} ms`));
      }, limitMs);
    });
    try {
      return await Promise.race([runLong(work), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    run,
    runLong,
    around: <Port extends object>(port: Port) =>
      Object.fromEntries(
        Object.entries(port as Record<string, Call>).map(([name, call]): [string, Call] => [
          name,
          (...parameters) => run(async () => call(...parameters)),
        ]),
      ) as Port,
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
