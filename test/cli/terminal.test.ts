import { describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';

import { CancelledError, createTerminal, UsageError } from '../../src/cli/terminal.js';

/** A terminal at which somebody types `keys`, each once what stands before it was asked. */
function someoneTyping(...keys: string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  let shown = '';
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  stderr.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (/[:\]] $/.test(shown) && keys.length > 0) stdin.write(keys.shift());
  });
  const streams = [stdin as unknown as ReadStream, stdout, stderr] as unknown as Parameters<
    typeof createTerminal
  >;
  return { terminal: createTerminal(...streams), shown: () => shown };
}

describe('a person at the terminal', () => {
  test('types a password twice without its being shown', async () => {
    const { terminal, shown } = someoneTyping('correct horse\r', 'correct horse\r');
    expect(await terminal.askPassword('Password')).toBe('correct horse');
    expect(shown()).toBe('Password: \nOnce more: \n');
  });

  test('is told when the two differ', async () => {
    const { terminal } = someoneTyping('correct horse\r', 'correct house\r');
    await expect(terminal.askPassword('Password')).rejects.toThrow(CancelledError);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('cancels by %s', async (_name, key) => {
    await expect(someoneTyping(key).terminal.askPassword('Password')).rejects.toThrow(CancelledError);
    await expect(someoneTyping(key).terminal.confirm('Remove it?')).rejects.toThrow(CancelledError);
  });

  test('says yes, and anything else is a no', async () => {
    await expect(someoneTyping('y\r').terminal.confirm('Remove it?')).resolves.toBeUndefined();
    await expect(someoneTyping('YES\r').terminal.confirm('Remove it?')).resolves.toBeUndefined();
    for (const answer of ['\r', 'n\r', 'yep\r']) {
      await expect(someoneTyping(answer).terminal.confirm('Remove it?')).rejects.toThrow(CancelledError);
    }
  });
});

describe('where nobody can type', () => {
  const pipe = () => new PassThrough() as unknown;
  const terminal = createTerminal(...([pipe(), pipe(), pipe()] as Parameters<typeof createTerminal>));

  test('a question is a usage error that names the option', async () => {
    await expect(terminal.confirm('Remove it?')).rejects.toThrow(UsageError);
    await expect(terminal.confirm('Remove it?')).rejects.toThrow('--yes');
    await expect(terminal.askPassword('Password')).rejects.toThrow('--password-stdin');
  });
});
