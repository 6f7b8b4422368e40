import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { StartRefusedError } from './start-refused.js';

interface Mark {
  pid: number;
  port: number;
  startedAt: number;
}

const LONGEST_START_MS = 30_000;

/**
 * Refuses to go on when another demo uses the data.
 *
 * @throws StartRefusedError
 */
export async function refuseWhenRunning(file: string): Promise<void> {
  const other = await readMark(file);
  if (!other || !(await isRunning(other))) return;
  throw new StartRefusedError(
    `The demo is running already: http://localhost:${other.port} (process ${other.pid}). Stop that one first.`,
  );
}

/**
 * Marks the data as in use, so that a second demo doesn't move the redirect URIs of the first, or delete its data
 * under it. Returns what takes the mark away.
 *
 * @throws StartRefusedError when it is in use already
 */
export async function markAsRunning(file: string, port: number): Promise<() => Promise<void>> {
  const mark: Mark = { pid: process.pid, port, startedAt: Date.now() };
  const place = () => writeFile(file, JSON.stringify(mark), { flag: 'wx', mode: 0o600 });
  try {
    await place();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await refuseWhenRunning(file);
    await rm(file, { force: true });
    await place();
  }
  return () => rm(file, { force: true });
}

/** A mark outlives a demo that was killed, and its process id may be somebody else's by now. */
async function isRunning({ pid, port, startedAt }: Mark): Promise<boolean> {
  if (pid === process.pid || !isAlive(pid)) return false;
  return Date.now() - startedAt < LONGEST_START_MS || (await answers(port));
}

async function readMark(file: string): Promise<Mark | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Mark;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}
