import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

/** What was asked for cannot be: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command needs of the world outside: where it prints, and whom it asks. */
export interface Terminal {
  readonly width: number;
  readonly isInteractive: boolean;
  print(text: string): void;
  /** To standard error: what is no part of the result. */
  warn(text: string): void;
  /** Asks for a yes; a UsageError where nobody can answer. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a password twice, without showing it. */
  askPassword(prompt: string): Promise<string>;
  /** All of standard input, without the newline at its end. */
  readStandardInput(): Promise<string>;
}

const longestInput = 64 * 1024;

export function createTerminal(
  stdin: ReadStream,
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
): Terminal {
  const isInteractive = stdin.isTTY && stderr.isTTY;

  async function ask(prompt: string, { echo }: { echo: boolean }): Promise<string> {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    // In terminal mode readline does the echo itself, to `output`: nothing shows when that goes nowhere.
    const lines = createInterface({ input: stdin, output: echo ? stderr : silent, terminal: true });
    stderr.write(prompt);
    try {
      return await new Promise<string>((resolve, reject) => {
        lines.once('line', resolve);
        lines.once('SIGINT', () => reject(new UsageError('Cancelled.')));
        lines.once('close', () => reject(new UsageError('Cancelled.')));
      });
    } finally {
      lines.close();
      if (!echo) stderr.write('\n');
    }
  }

  return {
    width: stdout.isTTY ? Math.max(40, stdout.columns) : 80,
    isInteractive,
    print: (text) => void stdout.write(`${text}\n`),
    warn: (text) => void stderr.write(`${text}\n`),

    async confirm(question) {
      if (!isInteractive) throw new UsageError(`${question} Nobody is here to answer: say --yes.`);
      const answer = await ask(`${question} [y/N] `, { echo: true });
      return /^y(es)?$/i.test(answer.trim());
    },

    async askPassword(prompt) {
      const password = await ask(`${prompt}: `, { echo: false });
      if ((await ask('Once more: ', { echo: false })) !== password)
        throw new UsageError('The two are not the same.');
      return password;
    },

    async readStandardInput() {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stdin) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
        if (size > longestInput) throw new UsageError('Standard input is too long for a password.');
      }
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)).replace(/\r?\n$/, '');
      } catch {
        throw new UsageError('Standard input is not UTF-8 text.');
      }
    },
  };
}
