import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../src/store/store.js';
import type { Connection } from './driver.js';
import { isBusy, isUnavailable, toStoreError } from './errors.js';

/** How long a call waits for a lock that another process holds, in milliseconds: the port promises 3 seconds. */
const PATIENCE = 2_500;
/** Bounds how long one transaction keeps the event loop, at 15 to 50 µs a write. */
const WRITES_PER_TRANSACTION = 128;

interface QueuedWrite {
  readonly change: (now: number) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: number;
}

/**
 * Puts the writes of one turn of the event loop into one transaction, which makes the wait for the disk, by far the
 * dearest part of a write, one for all of them. A promise resolves after the COMMIT. A write that throws is undone
 * alone; when the transaction fails, all of its writes do. A change may run twice, so it must do nothing but change
 * the database.
 */
export function createGroupCommit(connection: Connection, clock: Clock) {
  const begin = connection.prepare('BEGIN IMMEDIATE');
  const commit = connection.prepare('COMMIT');
  const rollback = connection.prepare('ROLLBACK');
  const savepoint = connection.prepare('SAVEPOINT one_write');
  const rollbackToSavepoint = connection.prepare('ROLLBACK TO one_write');
  const release = connection.prepare('RELEASE one_write');

  const queue: QueuedWrite[] = [];
  let scheduled = false;
  let withSavepoints = false;

  function write<T>(change: (now: number) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadline = performance.now() + PATIENCE;
      queue.push({ change, resolve: resolve as (value: unknown) => void, reject, deadline });
      schedule();
    });
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    try {
      begin.run();
    } catch (error) {
      if (isBusy(error)) waitForLock(error);
      else rejectAll(queue.splice(0), error);
      return;
    }
    runTransaction(queue.splice(0, WRITES_PER_TRANSACTION));
    if (queue.length > 0) schedule();
  }

  function waitForLock(error: unknown): void {
    const now = performance.now();
    const waiting = queue.findIndex((write) => write.deadline > now);
    rejectAll(queue.splice(0, waiting === -1 ? queue.length : waiting), error);
    if (queue.length === 0) return;
    scheduled = true;
    setTimeout(flush, lockPause());
  }

  /**
   * Runs writes in the transaction that was begun, as if none could fail, since a savepoint for each costs a quarter
   * more. When one does, they all are undone and run once more in the next transaction, with savepoints.
   */
  function runTransaction(writes: QueuedWrite[]): void {
    const run = withSavepoints ? runInSavepoint : runPlainly;
    try {
      const settle = writes.map(run);
      commit.run();
      withSavepoints = false;
      for (const settleOne of settle) settleOne();
    } catch (error) {
      abandon();
      const onceMore = !withSavepoints && !isUnavailable(error);
      if (onceMore) queue.unshift(...writes);
      else rejectAll(writes, error);
      withSavepoints = onceMore;
    }
  }

  /** Runs a write and returns what is to happen once the transaction is committed. */
  function runPlainly({ change, resolve }: QueuedWrite): () => void {
    const value = change(clock());
    return () => resolve(value);
  }

  function runInSavepoint(write: QueuedWrite): () => void {
    savepoint.run();
    try {
      const settle = runPlainly(write);
      release.run();
      return settle;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      rollbackToSavepoint.run();
      release.run();
      return () => write.reject(error);
    }
  }

  function abandon(): void {
    try {
      if (connection.isTransaction) rollback.run();
    } catch {
      // The writes are rejected with the error that led here. Should the transaction be stuck, so is the next BEGIN.
    }
  }

  return { write };
}

/** Runs `attempt` again for as long as another process holds a lock that it needs, up to 3 seconds. */
export async function retryWhileBusy<T>(attempt: () => T): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw toStoreError(error);
      await pause(lockPause());
    }
  }
}

/** Milliseconds, random so that processes that wait for each other fall out of step. */
function lockPause(): number {
  return 1 + Math.random() * 7;
}

function rejectAll(writes: QueuedWrite[], error: unknown): void {
  const reason = toStoreError(error);
  for (const write of writes) write.reject(reason);
}
