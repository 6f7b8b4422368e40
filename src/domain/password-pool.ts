import { Worker } from 'node:worker_threads';
import { AppError } from './app-error.js';
import type { Argon2Parameters, PasswordHash } from './password-hashes.js';

export type Argon2Engine = '@node-rs/argon2' | 'argon2';

export type PasswordJob =
  | { kind: 'hash'; password: string; parameters: Argon2Parameters }
  | {
      kind: 'verify';
      hash: PasswordHash;
      /** Spellings of one password. */
      candidates: string[];
      /** Hash this too when one of them matches. */
      upgrade?: { password: string; parameters: Argon2Parameters };
    };

/** What a worker sends back. */
export type PasswordAnswer = { matches?: boolean; newHash?: string } | { error: string };

export interface PasswordPool {
  /** Rejects with `AppError('overloaded')` when the queue is full. */
  run(job: PasswordJob): Promise<{ matches?: boolean; newHash?: string }>;
  stats(): PasswordPoolStats;
  /** Finishes what is under way and waiting, then ends the threads. Later jobs are refused. */
  close(): Promise<void>;
}

export interface PasswordPoolStats {
  running: number;
  waiting: number;
  /** Jobs that workers have taken since the start. */
  started: number;
}

interface Task {
  job: PasswordJob;
  resolve(answer: { matches?: boolean; newHash?: string }): void;
  reject(error: Error): void;
}

/**
 * Threads that hash passwords, away from libuv's pool: signing waits for that one. They start when the first job
 * comes, work on one job at a time, and let the process end while they are idle.
 *
 * @param options.workers threads at most
 * @param options.queue jobs that may wait for them
 * @param options.engine fixes the implementation; by default the fastest that loads
 * @param options.script what the threads run
 */
export function createPasswordPool(options: {
  workers: number;
  queue: number;
  engine?: Argon2Engine;
  script?: URL;
}): PasswordPool {
  const script = options.script ?? new URL('./argon2-worker.js', import.meta.url);
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  const waiting: Task[] = [];
  let started = 0;
  let closing: PromiseWithResolve | undefined;

  function start(task: Task): void {
    const worker = idle.pop() ?? createWorker();
    started++;
    busy.set(worker, task);
    worker.ref();
    worker.postMessage(task.job);
  }

  function createWorker(): Worker {
    const worker = new Worker(script, {
      workerData: { engine: options.engine },
      execArgv: [],
    });
    worker.on('message', (answer: PasswordAnswer) => {
      const task = release(worker);
      idle.push(worker);
      worker.unref();
      if ('error' in answer) task?.reject(new Error(`hashing failed: ${answer.error}`));
      else task?.resolve(answer);
      next();
    });
    // A thread that crashed takes its job with it; the next job starts another.
    let cause: unknown;
    worker.on('error', (error) => (cause = error));
    worker.on('exit', (code) => {
      const index = idle.indexOf(worker);
      if (index >= 0) idle.splice(index, 1);
      release(worker)?.reject(new Error(`a hashing thread ended with code ${code}`, { cause }));
      next();
    });
    return worker;
  }

  function release(worker: Worker): Task | undefined {
    const task = busy.get(worker);
    busy.delete(worker);
    return task;
  }

  function next(): void {
    const task = waiting.shift();
    if (task) start(task);
    else if (busy.size === 0) closing?.resolve();
  }

  return {
    run(job) {
      return new Promise((resolve, reject) => {
        const task = { job, resolve, reject };
        if (closing) reject(new AppError('overloaded', 503, { retryAfter: 1, message: 'closing' }));
        else if (busy.size < options.workers) start(task);
        else if (waiting.length < options.queue) waiting.push(task);
        else reject(new AppError('overloaded', 503, { retryAfter: 1 }));
      });
    },
    stats: () => ({ running: busy.size, waiting: waiting.length, started }),
    async close() {
      closing ??= promiseWithResolve();
      if (busy.size === 0) closing.resolve();
      await closing.promise;
      await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
    },
  };
}

interface PromiseWithResolve {
  promise: Promise<void>;
  resolve(): void;
}

function promiseWithResolve(): PromiseWithResolve {
  let resolve = () => {};
  const promise = new Promise<void>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}
