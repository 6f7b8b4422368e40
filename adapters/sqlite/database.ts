import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreUnavailableError, type Clock } from '../../src/store/store.js';
import { loadDriver, type Connection, type Statement, type Value } from './driver.js';
import { isUnavailable, toStoreError } from './errors.js';
import { createGroupCommit, retryWhileBusy } from './group-commit.js';

/** What the ports are written with. `run`, `get` and `all` are for use inside of `read` and `write`. */
export interface Database {
  /** Queries what is committed. */
  read<T>(query: (now: number) => T): Promise<T>;
  /** Changes several things or none; resolves once they are on the disk. */
  write<T>(change: (now: number) => T): Promise<T>;
  /** Runs one statement and returns how many rows it changed. */
  run(sql: string, ...values: Value[]): number;
  get<Row>(sql: string, ...values: Value[]): Row | undefined;
  all<Row>(sql: string, ...values: Value[]): Row[];
  /** Runs statements that take no values and return nothing, for migrations. */
  exec(sql: string): void;
  close(): Promise<void>;
}

export async function openDatabase(file: string, clock: Clock): Promise<Database> {
  const connection = await openConnection(file);
  const { write } = createGroupCommit(connection, clock);
  const statements = new Map<string, Statement>();
  let closed = false;

  function prepared(sql: string): Statement {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  function assertOpen(): void {
    if (closed) throw new StoreUnavailableError('The store is closed');
  }

  return {
    read: (query) =>
      retryWhileBusy(() => {
        assertOpen();
        return query(clock());
      }),
    async write(change) {
      assertOpen();
      return write(change);
    },
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    get: <Row>(sql: string, ...values: Value[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: Value[]) => prepared(sql).all(...values) as Row[],
    exec: (sql) => connection.exec(sql),
    async close() {
      if (closed) return;
      closed = true;
      // Writes run in order: when this one has, all before it have. That it failed, they have told their callers.
      await write(() => undefined).catch(() => undefined);
      try {
        // The driver lets go of the file only when its statements are collected; what the log holds is brought home
        // now, so that the file by itself is complete.
        connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } finally {
        connection.close();
      }
    },
  };
}

async function openConnection(file: string): Promise<Connection> {
  const DatabaseSync = await loadDriver();
  let connection: Connection;
  try {
    if (file !== ':memory:') createPrivately(file);
    connection = new DatabaseSync(file);
  } catch (cause) {
    throw new StoreUnavailableError(`Cannot open the SQLite file ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    await retryWhileBusy(() => configure(connection));
    return connection;
  } catch (error) {
    connection.close();
    if (isUnavailable(error)) throw toStoreError(error);
    throw new Error(`${file} can't be used as the store: ${(error as Error).message}`, { cause: error });
  }
}

/** Makes the file readable for nobody else before anything is in it; SQLite gives its companions the same mode. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

function configure(connection: Connection): void {
  connection.exec('PRAGMA busy_timeout = 0');
  const { journal_mode: mode } = connection.prepare('PRAGMA journal_mode = WAL').get() as {
    journal_mode: string;
  };
  // A file system without shared memory, many network drives among them, silently gets another mode.
  if (mode !== 'wal' && mode !== 'memory') {
    throw new StoreUnavailableError(`The file system of the SQLite file does not support WAL, only ${mode}`);
  }
  // FULL: a commit survives a power cut. MEMORY: undoing one write of a transaction needs no temporary file.
  connection.exec('PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
}
