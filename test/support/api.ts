import type { NewClient } from '../../src/domain/clients.js';
import { basic, postForm } from './flow.js';
import type { Instance } from './start.js';

export type App = { id: string; secret: string };
export type TokenFormat = 'jwt' | 'opaque';

let count = 0;

/** An API with scopes of its own, and the client that it is. */
export async function api(gatehouse: Instance, tokenFormat: TokenFormat, settings: Partial<NewClient> = {}) {
  count += 1;
  const resource = `https://api-${count}.example.com/`;
  const name = `api${count}`;
  const scopes = ['read', 'write'].map((right) => ({ name: `${name}:${right}`, description: `${right} it` }));
  const app = await gatehouse.addClient({
    kind: 'api',
    name,
    service: { resource, scopes, tokenFormat },
    metadata: { grant_types: ['client_credentials'] },
    ...settings,
  });
  return { resource, name, app, read: `${name}:read`, write: `${name}:write` };
}

export type Api = Awaited<ReturnType<typeof api>>;

export async function introspect(gatehouse: Instance, app: App, token: unknown) {
  const { body } = await postForm(
    `${gatehouse.issuer}/token/introspection`,
    { token: String(token) },
    basic(app),
  );
  return body;
}
