/** Gatehouse as operators run it: a process of its own, with nothing of our environment but what a test gives it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { jest } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';

/** `npm test` builds it first. */
const PROGRAM = resolve('dist/src/main.js');
const COMMAND_LINE = resolve('bin/gatehouse.js');
const LONGEST_MS = 20_000;

// A process takes a while to start, and on a busy machine several times as long.
jest.setTimeout(60_000);

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Since the signal that `end` sent, in milliseconds. */
  afterMs: number;
}

export interface ServerProcess {
  /** Where it listens, without a slash at the end. */
  origin: string;
  stdout(): string;
  stderr(): string;
  /** The lines of the log so far. */
  log(): LogLine[];
  /** Sends the signal and goes on. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<Ended>;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface Installation {
  /** Working directory: empty at first. */
  folder: string;
  port: number;
  /** Starts Gatehouse and waits until it says that it is ready. */
  start(env?: Record<string, string>): Promise<ServerProcess>;
  /** Starts Gatehouse and waits for nothing. */
  launch(env?: Record<string, string>): ServerProcess;
  /** Runs the command line in the same environment; expects success and returns what it printed as JSON. */
  command(args: string[], env?: Record<string, string>): Promise<Record<string, unknown>>;
  /** Ends what still runs and removes the folder. */
  remove(): Promise<void>;
}

/** Starts quickly: hashing is as weak as `NODE_ENV=test` allows. */
export const WEAK_HASHING = { NODE_ENV: 'test', PASSWORD_MEMORY: '1024', PASSWORD_PASSES: '1' };

export async function createInstallation(common: Record<string, string> = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-process-'));
  const port = await freePort();
  const running = new Set<ServerProcess>();
  const environment = { PATH: process.env['PATH'] ?? '', PORT: String(port), ...common };

  const launch: Installation['launch'] = (env = {}) => {
    const server = launchServer(folder, { ...environment, ...env });
    running.add(server);
    void server.ended.then(() => running.delete(server));
    return server;
  };

  return {
    folder,
    port,
    launch,
    async start(env) {
      const server = launch(env);
      await Promise.race([
        until(() => server.stdout().includes('"Gatehouse is ready"')),
        server.ended.then(({ code, stdout, stderr }) => {
          throw new Error(`Gatehouse ended with ${code} instead of starting:\n${stdout}${stderr}`);
        }),
      ]);
      return server;
    },
    command: (args, env = {}) => runCommand(folder, args, { ...environment, ...env }),
    async remove() {
      await Promise.all([...running].map((server) => server.end('SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks again and again until the answer is yes. */
export async function until(question: () => Promise<boolean> | boolean): Promise<void> {
  await eventually(question, LONGEST_MS);
}

function launchServer(cwd: string, env: Record<string, string>): ServerProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM], { cwd, env });
  let stdout = '';
  let stderr = '';
  let signalledAt = Date.now();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code, signal]): Ended => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr,
    afterMs: Date.now() - signalledAt,
  }));
  return {
    origin: `http://${(env['HOST'] ?? '127.0.0.1').replace('::1', '[::1]')}:${env['PORT']}`,
    stdout: () => stdout,
    stderr: () => stderr,
    log: () =>
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as LogLine),
    signal(signal) {
      signalledAt = Date.now();
      child.kill(signal);
    },
    ended,
    async end(signal = 'SIGTERM') {
      signalledAt = Date.now();
      child.kill(signal);
      const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
      const result = await ended;
      clearTimeout(limit);
      return result;
    },
  };
}

async function runCommand(
  cwd: string,
  args: string[],
  env: Record<string, string>,
): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [COMMAND_LINE, ...args, '--json'], { cwd, env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`gatehouse ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}
