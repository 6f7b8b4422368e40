import { createServer } from 'node:net';
import { StartRefusedError } from './start-refused.js';

/** What runs, in the order of the ports. */
export const PARTS = ['gatehouse', 'orders', 'wiki', 'board', 'ordersApi', 'stockApi', 'tv'] as const;

export type Ports = Readonly<Record<(typeof PARTS)[number], number>>;

const FIRST = 3000;

/**
 * With `base`: that port and those right after it, all of which must be free. Without: the first free ones from 3000.
 *
 * @throws StartRefusedError
 */
export async function choosePorts(base?: number): Promise<Ports> {
  const numbers = base === undefined ? await firstFree(PARTS.length) : await following(base, PARTS.length);
  return Object.fromEntries(PARTS.map((part, index) => [part, numbers[index]])) as unknown as Ports;
}

async function following(base: number, count: number): Promise<number[]> {
  const numbers = Array.from({ length: count }, (_, index) => base + index);
  const obstacles = new Map<string, number[]>();
  for (const number of numbers) {
    const obstacle = await obstacleAt(number);
    if (obstacle) obstacles.set(obstacle, [...(obstacles.get(obstacle) ?? []), number]);
  }
  if (obstacles.size === 0) return numbers;
  const listed = [...obstacles].map(([obstacle, ports]) =>
    ports.length === 1 ? `port ${ports[0]} is ${obstacle}` : `ports ${ports.join(', ')} are ${obstacle}`,
  );
  throw new StartRefusedError(
    `The demo needs the ports ${base} to ${numbers.at(-1)}, but ${listed.join(', ')}. Choose another --port.`,
  );
}

async function firstFree(count: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let number = FIRST; numbers.length < count; number += 1) {
    if (number > 65_535) throw new StartRefusedError(`There are not ${count} free ports from ${FIRST}.`);
    if (!(await obstacleAt(number))) numbers.push(number);
  }
  return numbers;
}

/** Why a port can't be used. Both loopback addresses must be free: browsers try both for `localhost`. */
async function obstacleAt(port: number): Promise<string | undefined> {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await tryToListen(host, port);
    if (code === 'EADDRINUSE') return 'taken';
    if (code === 'EACCES') return 'for privileged programs only';
    if (code !== undefined && host === '127.0.0.1') return `not to be opened (${code})`;
    // On ::1 every other failure means that this computer has no IPv6, and nobody is there.
  }
  return undefined;
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
