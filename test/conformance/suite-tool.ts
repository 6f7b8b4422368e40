import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { dirname, join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';

/** What the tool writes about one module. */
export interface ModuleOutcome {
  name: string;
  variant: Record<string, string>;
  status: string;
  result: string;
  warnings: { message: string }[];
  failures: { message: string }[];
  notes: string[];
  unexpected: boolean;
}

export interface PlanOutcome {
  file: string;
  plan: string;
  variants: Record<string, string>;
  modules: ModuleOutcome[];
}

/** The command that starts the suite and runs its plans; it stands beside the checkout. */
export interface SuiteTool {
  path: string;
  /** Folder of its plan files. */
  plans: string;
}

export function suiteTool(): SuiteTool {
  const path = resolve(process.env['CONFORMANCE_TOOL'] ?? '../shared/tools/conformance');
  return { path, plans: `${dirname(path)}/conformance-plans` };
}

/** Prints what the tool prints, and resolves with its exit code. */
export async function runTool(
  tool: SuiteTool,
  args: string[],
  env: Record<string, string> = {},
): Promise<number> {
  const child = spawn(tool.path, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

/** The one line that a command of the tool prints. */
export async function askTool(tool: SuiteTool, ...args: string[]): Promise<string> {
  const child = spawn(tool.path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${tool.path} ${args.join(' ')} ended with ${code}`);
  return stdout.trim();
}

/** The suite's own version. Its certificate is self-signed, and lies in `certificates`. */
export async function suiteVersion(suite: string, certificates: string): Promise<string> {
  const ca = await readFile(join(certificates, 'cert.pem'));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(new URL('/api/server', suite), { ca }, resolve).on('error', reject);
  });
  return ((await json(response)) as { version: string }).version;
}
