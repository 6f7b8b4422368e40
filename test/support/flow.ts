import { afterAll, beforeAll } from '@jest/globals';
import { describeOnEachStore, type TestDatabase } from './databases.js';
import { startGatehouse, type Instance, type StartOptions } from './start.js';

/** A suite of flows against one running Gatehouse, on each store. */
export function flow(
  name: string,
  suite: (gatehouse: () => Instance) => void,
  options: StartOptions = {},
): void {
  describeOnEachStore(name, (createDatabase) => {
    let database: TestDatabase;
    let instance: Instance;
    beforeAll(async () => {
      database = await createDatabase();
      instance = await startGatehouse(database, options);
    });
    afterAll(async () => {
      await instance.stop();
      await database.drop();
    });
    suite(() => instance);
  });
}

/** A form post as programs do it: JSON back. */
export async function postForm(
  url: string,
  form: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { accept: 'application/json', ...headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

export function basic(app: { id: string; secret: string }): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}` };
}

/** Runs the same thing many times at once. */
export function inParallel<T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index)));
}
