import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { sqliteDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { readRecords } from '../support/raw-records.js';
import { webApp } from '../support/relying-party.js';
import { startGatehouse, type Instance } from '../support/start.js';
import { everythingBut, wallClock } from '../support/wall-clock.js';

let database: TestDatabase;
let gatehouse: Instance;

beforeEach(async () => {
  jest.useFakeTimers({ now: Date.now(), doNotFake: everythingBut('Date', 'setInterval', 'clearInterval') });
  database = await sqliteDatabase();
  gatehouse = await startGatehouse(database, { clock: wallClock });
});
afterEach(async () => {
  await gatehouse.stop();
  jest.useRealTimers();
  await database.drop();
});

const countSignIns = async () => {
  const records = await readRecords(database.url);
  return records.filter(({ document }) => document['model'] === 'Interaction').length;
};

test('a running server removes what has expired from its file (MongoDB does so by itself)', async () => {
  const { rp } = await webApp(gatehouse);
  for (let visitor = 0; visitor < 3; visitor += 1) await createBrowser().open((await rp.begin()).url);
  expect(await countSignIns()).toBe(3);

  await jest.advanceTimersByTimeAsync(30 * 60_000);
  expect(await countSignIns()).toBe(3);
  await jest.advanceTimersByTimeAsync(40 * 60_000);
  await eventually(async () => (await countSignIns()) === 0);
});
