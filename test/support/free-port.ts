import { createServer } from 'node:net';

// Not from the range of which the system takes the ports of outgoing connections (32768 and up on Linux): one of
// those could take a port between the look here and the start there. Each worker has a stretch of its own.
const LOWEST = 12_000;
const PER_WORKER = 2_000;
const WORKERS = 10;
const own = LOWEST + (Number(process.env['JEST_WORKER_ID'] ?? 0) % WORKERS) * PER_WORKER;
let next = Math.floor(Math.random() * PER_WORKER);

/** The first of `count` ports in a row that nobody listens on, and that no other test of this run is given soon. */
export async function freePort(count = 1): Promise<number> {
  for (let tries = 0; tries < PER_WORKER; tries += 1) {
    if (next + count > PER_WORKER) next = 0;
    const first = own + next;
    next += count;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports from ${own} to ${own + PER_WORKER - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
