import { StoreUnavailableError } from '../../src/store/store.js';

const BUSY = 5;

/** Primary result codes (sqlite.org/rescode.html) that tell of the disk or of other processes, not of a fault of ours. */
const UNAVAILABLE = new Set([
  BUSY,
  /* LOCKED */ 6,
  /* READONLY */ 8,
  /* IOERR */ 10,
  /* FULL */ 13,
  /* CANTOPEN */ 14,
  /* PROTOCOL */ 15,
]);

/** Another connection holds the lock; a later try may succeed. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY;
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof StoreUnavailableError || UNAVAILABLE.has(primaryCode(error));
}

/** What the caller of a port gets to see for an error of the driver. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || !isUnavailable(error)) return error;
  const { message } = error as Error;
  return new StoreUnavailableError(`The SQLite file is not available: ${message}`, { cause: error });
}

/** The low byte is the primary code, the rest says more. By shape: an addon's errors may come from another realm. */
function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}
