import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSqliteDatabase } from '../../support/stores.js';

const WRITER = `${import.meta.dirname}/acknowledged-writer.ts`;

let database: Awaited<ReturnType<typeof createSqliteDatabase>>;

beforeEach(async () => {
  database = await createSqliteDatabase();
});

afterEach(() => database.drop());

/** Runs a writer, kills it in the midst of its work once it has acknowledged `count` writes, and returns them all. */
async function killedWriter(name: string, count: number): Promise<string[]> {
  const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, database.file, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  writer.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > count * 20) writer.kill('SIGKILL');
  });
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null];
  expect({ errors, signal }).toEqual({ errors: '', signal: 'SIGKILL' });
  return output.split('\n').slice(0, -1);
}

test('two processes that share a file are killed, twice: nothing acknowledged is lost, nothing was won twice', async () => {
  for (const round of [1, 2]) {
    const acknowledged = await Promise.all([
      killedWriter(`${round}a`, 1000),
      killedWriter(`${round}b`, 1000),
    ]);
    const lines = acknowledged.flat();
    expect(lines.length).toBeGreaterThan(500);
    expect(new Set(lines).size).toBe(lines.length);

    const store = await database.open(Date.now);
    await store.migrate();
    for (const line of lines) {
      const [what, key = ''] = line.split(' ');
      const artifact = await store.artifacts.find(key);
      if (what === 'created') expect(artifact).toBeDefined();
      if (what === 'consumed') expect(artifact?.consumedAt).toBeDefined();
      if (what === 'remembered') expect(await store.replays.remember(key, Date.now() + 60_000)).toBe(false);
    }
    await store.close();
  }
}, 30_000);
