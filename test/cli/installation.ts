import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Installation {
  /** Runs `gatehouse` as a program of its own, with nothing of our environment but this installation. */
  run(args: string[], options?: { input?: string; env?: Record<string, string> }): Promise<Outcome>;
  /** Runs with `--json`, expects success, and returns what was printed. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test knows what it asked for
  json(args: string[], options?: { input?: string }): Promise<any>;
  /** Every byte that the store keeps on disk. */
  storedBytes(): string;
  remove(): void;
}

/** `{ kind: 'web', 'redirect-uri': [a, b], 'first-party': true }` as arguments. */
export function flags(options: Record<string, string | string[] | true>): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [value].flat().flatMap((each) => [`--${name}`, each]),
  );
}

export const issuer = 'https://id.example.com/oidc';

/** An empty store, in a directory of its own. */
export function createInstallation(): Installation {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  const store = join(directory, 'store');
  const environment = {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'test',
    ISSUER: issuer,
    STORE_URL: `sqlite:${join(store, 'gatehouse.db')}`,
    KEYS_DIR: join(directory, 'keys'),
  };

  const run: Installation['run'] = (args, { input = '', env = {} } = {}) =>
    new Promise((settle, reject) => {
      const child = spawn(process.execPath, [resolve('bin/gatehouse.js'), ...args], {
        cwd: directory,
        env: { ...environment, ...env },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.on('error', reject).on('close', (code) => settle({ code, stdout, stderr }));
      // A command that doesn't read its input may be gone before it is written.
      child.stdin.on('error', () => {}).end(input);
    });

  return {
    run,
    async json(args, options) {
      const { code, stdout, stderr } = await run([...args, '--json'], options);
      if (code !== 0) throw new Error(`gatehouse ${args.join(' ')} failed: ${stderr}`);
      return JSON.parse(stdout);
    },
    storedBytes: () =>
      readdirSync(store)
        .map((file) => readFileSync(join(store, file), 'latin1'))
        .join('\n'),
    remove: () => rmSync(directory, { recursive: true }),
  };
}
