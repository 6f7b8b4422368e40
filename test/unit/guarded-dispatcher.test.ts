import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import { createGuardedDispatcher } from '../../src/oidc/outbound/outbound.js';
import { openServer, type OpenServer } from '../support/open-server.js';

let server: OpenServer;
let visits = 0;
beforeAll(async () => {
  const visited = createServer((_request, response) => {
    visits += 1;
    response.end('secret');
  });
  server = await openServer(visited);
});
afterAll(() => server.close());

test('a name that has a private address when it is connected to is not connected to', async () => {
  const url = `http://localhost:${server.port}/`;
  expect(await (await fetch(url)).text()).toBe('secret');
  const dispatcher = createGuardedDispatcher();
  expect(dispatcher).toBeDefined();
  await expect(fetch(url, { dispatcher } as RequestInit)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('localhost has a private address') },
  });
  expect(visits).toBe(1);
});
