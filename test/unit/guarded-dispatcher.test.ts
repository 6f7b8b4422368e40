import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuardedDispatcher } from '../../src/oidc/outbound.js';

let server: Server;
let visits = 0;
beforeAll(async () => {
  server = createServer((_request, response) => {
    visits += 1;
    response.end('secret');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('a name that has a private address when it is connected to is not connected to', async () => {
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  expect(await (await fetch(url)).text()).toBe('secret');
  const dispatcher = createGuardedDispatcher();
  expect(dispatcher).toBeDefined();
  await expect(fetch(url, { dispatcher } as RequestInit)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('localhost has a private address') },
  });
  expect(visits).toBe(1);
});
