import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createInstallation, until, type Installation } from './server-process.js';

const SHUTDOWN_SECONDS = 3;

let installation: Installation;
beforeEach(async () => {
  installation = await createInstallation({ SHUTDOWN_SECONDS: String(SHUTDOWN_SECONDS) });
});
afterEach(() => installation.remove());

/** A connection by hand, to hold a request back in the middle. */
async function openConnection(): Promise<Socket & { received(): string }> {
  const socket = connect(installation.port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  socket.on('error', () => undefined);
  return Object.assign(socket, { received: () => received });
}

const head = (...lines: string[]) => [...lines, `Host: localhost:${installation.port}`, '', ''].join('\r\n');

const TOKEN_REQUEST = 'grant_type=client_credentials';

/** A token request that has come but for its last letter. */
async function slowRequest() {
  const socket = await openConnection();
  const body = TOKEN_REQUEST;
  socket.write(
    head(
      'POST /oidc/token HTTP/1.1',
      'Content-Type: application/x-www-form-urlencoded',
      'Expect: 100-continue',
      `Content-Length: ${body.length}`,
    ),
  );
  // The server is at work on it by now.
  await until(() => socket.received().includes('100 Continue'));
  socket.write(body.slice(0, -1));
  return { socket, finish: () => socket.write(body.slice(-1)) };
}

async function isRefused(): Promise<boolean> {
  const socket = connect(installation.port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('gives a request under way its answer, refuses new ones, and ends with 0', async () => {
    const server = await installation.start();
    const { socket, finish } = await slowRequest();
    server.signal(signal);
    await until(isRefused);
    finish();
    await once(socket, 'close');
    expect(socket.received()).toContain('HTTP/1.1 400 Bad Request');
    expect(socket.received()).toContain('"error":"invalid_request"');
    const { code, stdout, stderr, afterMs } = await server.ended;
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: expect.stringContaining('"msg":"stopped"'),
    });
    expect(stderr).not.toContain('Error');
    expect(afterMs).toBeLessThan(SHUTDOWN_SECONDS * 1000);
  });
});

test('a client that keeps its connection open does not hold up the end', async () => {
  const server = await installation.start();
  const idle = await openConnection();
  idle.write(head('GET /healthz HTTP/1.1'));
  await until(() => idle.received().includes('"ok"'));

  const { socket: busy, finish } = await slowRequest();
  server.signal('SIGTERM');
  await until(isRefused);
  finish();
  await once(busy, 'close');
  expect(busy.received()).toMatch(/^connection: close\r$/imu);
  const { code, afterMs } = await server.ended;
  expect(code).toBe(0);
  expect(afterMs).toBeLessThan(SHUTDOWN_SECONDS * 1000);
});

test('a request that does not come to its end is cut off after SHUTDOWN_SECONDS', async () => {
  const server = await installation.start();
  await slowRequest();
  const { code, afterMs } = await server.end('SIGTERM');
  expect(code).toBe(0);
  expect(afterMs).toBeGreaterThanOrEqual(SHUTDOWN_SECONDS * 1000 - 50);
  expect(afterMs).toBeLessThan(SHUTDOWN_SECONDS * 1000 + 2000);
});

test('the second Ctrl-C is from somebody who will not wait', async () => {
  const server = await installation.start();
  await slowRequest();
  server.signal('SIGINT');
  await until(isRefused);
  const { code, afterMs } = await server.end('SIGINT');
  expect(code).toBe(130);
  expect(afterMs).toBeLessThan(1000);
});
