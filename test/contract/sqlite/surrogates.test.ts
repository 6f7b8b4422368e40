import { expect, test } from '@jest/globals';
import { openSqlite } from '../../../adapters/sqlite/open-sqlite.js';

/** Strings that UTF-8, and so a driver that passes text on, cannot tell apart. */
const STRANGE = ['\ud800', '\ud801', '\udfff', '\ufffd', 'a\ud83e', '\udd8aa', '\udd8a\ud83e', '🦊'];

test('strings with unpaired surrogates are kept apart and come back as they were', async () => {
  const store = await openSqlite({ file: ':memory:' });
  await store.migrate();
  const client = { kind: 'web' as const, secrets: [], createdAt: 1, updatedAt: 1, version: 1 };
  for (const id of STRANGE) {
    await store.artifacts.create({ model: 'M', key: id, payload: { [id]: id } });
    expect(await store.clients.create({ id, metadata: { [id]: id }, ...client })).toBe('created');
  }
  for (const id of STRANGE) {
    expect(await store.artifacts.find(id)).toEqual({ model: 'M', key: id, payload: { [id]: id } });
    expect(await store.clients.find(id)).toEqual({ id, metadata: { [id]: id }, ...client });
  }
  await store.close();
});
