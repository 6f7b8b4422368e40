/**
 * The one place that knows which SQLite is under us: `@photostructure/sqlite`, which installs without a compiler and
 * has the API of Node's own `node:sqlite`, or else the latter.
 */

export type Value = null | number | string | Uint8Array;

export interface Statement {
  run(...values: Value[]): { changes: number | bigint };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

export interface Connection {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** Opens a file, or `:memory:`. Waits for no lock: `database.ts` does, without blocking the process. */
export type OpenConnection = new (file: string) => Connection;

export async function loadDriver(): Promise<OpenConnection> {
  try {
    return (await import('@photostructure/sqlite')).DatabaseSync as OpenConnection;
  } catch (cause) {
    return builtinDriver(cause);
  }
}

function builtinDriver(cause: unknown): OpenConnection {
  const builtin = process.getBuiltinModule('node:sqlite') as { DatabaseSync: OpenConnection } | undefined;
  if (builtin === undefined) {
    throw new Error('Neither @photostructure/sqlite nor node:sqlite can be loaded here', { cause });
  }
  const probe = new builtin.DatabaseSync(':memory:');
  const { version } = probe.prepare('SELECT sqlite_version() AS version').get() as { version: string };
  probe.close();
  // Before 3.51.3 a file in WAL mode that several processes write can be corrupted when the log starts over.
  if (!isAtLeast(version, [3, 51, 3])) {
    throw new Error(`SQLite ${version} of Node ${process.version} can lose data: 3.51.3 or newer is needed`, {
      cause,
    });
  }
  return builtin.DatabaseSync;
}

function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const differing = wanted.findIndex((part, index) => parts[index] !== part);
  return differing === -1 || (parts[differing] ?? 0) > (wanted[differing] ?? 0);
}
