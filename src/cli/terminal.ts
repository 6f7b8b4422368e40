import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

/** What was asked for cannot be: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The person who was asked said no, or went away. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

/** What a command needs of the world outside: where it prints, and whom it asks. */
export interface Terminal {
  readonly width: number;
  readonly isInteractive: boolean;
  print(text: string): void;
  /** To standard error: what is no part of the result. */
  warn(text: string): void;
  /** Resolves when the answer is yes; a UsageError where nobody can answer. */
  confirm(question: string): Promise<void>;
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
    try {
      const answer = await new Promise<string | undefined>((resolve) => {
        lines.once('line', resolve);
        // Ctrl-C and Ctrl-D.
        lines.once('SIGINT', () => resolve(undefined));
        lines.once('close', () => resolve(undefined));
        stderr.write(prompt);
      });
      if (!echo || answer === undefined) stderr.write('\n');
      if (answer === undefined) throw new CancelledError('Cancelled.');
      return answer;
    } finally {
      lines.close();
    }
  }

  return {
    width: stdout.isTTY ? stdout.columns || 80 : 80,
    isInteractive,
    print: (text) => void stdout.write(`${text}\n`),
    warn: (text) => void stderr.write(`${text}\n`),

    async confirm(question) {
      if (!isInteractive) throw new UsageError(`${question} Nobody is here to answer: say --yes.`);
      const answer = await ask(`${question} [y/N] `, { echo: true });
      if (!/^y(es)?$/i.test(answer.trim())) throw new CancelledError('Cancelled: nothing was changed.');
    },

    async askPassword(prompt) {
      if (!isInteractive) throw new UsageError('Nobody is here to type a password: say --password-stdin.');
      const password = await ask(`${prompt}: `, { echo: false });
      if ((await ask('Once more: ', { echo: false })) !== password)
        throw new CancelledError('The two are not the same.');
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
