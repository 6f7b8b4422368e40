import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../support/free-port.js';

/** As `npm run demo` starts it; `npm test` builds first. */
const PROGRAM = resolve('dist', 'demo', 'main.js');
const PORTS = 7;
const LONGEST_MS = 20_000;

/** What `--json` prints. */
export interface Announcement {
  issuer: string;
  apps: { name: string; url: string; client_id: string }[];
  spa: { url: string; client_id: string };
  tv: { url: string; client_id: string };
  apis: { name: string; url: string; resource: string; check: 'jwt' | 'introspection' }[];
  users: { login: string; password: string }[];
  clients: { client_id: string; client_secret: string; use: string }[];
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  afterMs: number;
}

export interface DemoProcess extends Announcement {
  pid: number;
  stdout(): string;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

/** A folder that stands for a checkout: the demo keeps its data below the folder it is started in. */
export async function demoFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The first port of as many as the demo needs. */
export const freePorts = (): Promise<number> => freePort(PORTS);

/** Starts the demo as a script would and waits until it says that all is up. */
export async function startDemo(
  folder: string,
  options: { port?: number; arguments?: string[]; env?: Record<string, string> } = {},
): Promise<DemoProcess> {
  const port = options.port ?? (await freePorts());
  const process = launch(
    folder,
    ['--json', '--port', String(port), ...(options.arguments ?? [])],
    options.env,
  );
  const line = await Promise.race([process.firstLine, process.ended]);
  if (typeof line !== 'string') throw new Error(`the demo ended with ${line.code}: ${line.stderr}`);
  return { ...(JSON.parse(line) as Announcement), ...process };
}

/** Runs the demo to its end, for starts that are refused. */
export function runDemo(folder: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return launch(folder, args, env).ended;
}

function launch(folder: string, args: string[], env: Record<string, string> = {}) {
  const { NODE_ENV: _environment, HOST: _host, ...rest } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env: { ...rest, ...env } });
  const cutOff = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  let stdout = '';
  let stderr = '';
  let signalledAt = Date.now();
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      const end = stdout.indexOf('\n');
      if (end < 0) return;
      clearTimeout(cutOff);
      resolve(stdout.slice(0, end));
    });
  });
  const ended = once(child, 'close').then(([code]): Ended => {
    clearTimeout(cutOff);
    return { code: code as number | null, stdout, stderr, afterMs: Date.now() - signalledAt };
  });
  return {
    pid: child.pid as number,
    firstLine,
    ended,
    stdout: () => stdout,
    async end(signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
      signalledAt = Date.now();
      child.kill(signal);
      const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
      const result = await ended;
      clearTimeout(limit);
      return result;
    },
  };
}
