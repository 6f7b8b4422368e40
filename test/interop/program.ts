import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { jest } from '@jest/globals';

/** An app in another language: runs one flow and tells what came of it. */
export type Program = (
  flow: string,
  settings: object,
  /** Goes to an address in a browser; resolves with where that ends up. */
  visit?: (url: string) => Promise<string>,
) => Promise<Record<string, unknown>>;

const LONGEST_MS = 30_000;

// A process takes a while to start, and on a busy machine several times as long.
jest.setTimeout(60_000);

/**
 * Speaks in JSON lines. In: the settings, then `{"url"}` for each visit. Out: `{"open"}` to ask for a visit, and
 * `{"result"}` at the end.
 */
export function program(command: string, args: string[] = []): Program {
  return async (flow, settings, visit = refuseToVisit) => {
    const child = spawn(command, [...args, flow], {
      env: { PATH: process.env['PATH'], NO_PROXY: '*', PYTHONDONTWRITEBYTECODE: '1' },
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // What it does not read any more is told by its end.
    child.stdin.on('error', () => {});
    const closed = once(child, 'close');
    const say = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
    try {
      say(settings);
      for await (const line of createInterface(child.stdout)) {
        const { open, result } = JSON.parse(line) as { open?: string; result?: Record<string, unknown> };
        if (result) return result;
        say({ url: await visit(open!) });
      }
      const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
      throw new Error(`${command} ${flow} ended with ${code ?? signal}:\n${stderr}`);
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
  };
}

const refuseToVisit = (url: string): never => {
  throw new Error(`nobody is there to open ${url}`);
};
