import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeOnEachStore, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { register } from '../support/registration.js';
import { startGatehouse, type Instance } from '../support/start.js';
import { stopTheClockAndIntervals, wallClock } from '../support/wall-clock.js';

describeOnEachStore('Registered clients that nobody uses, while the server runs', (createDatabase) => {
  const clock = stopTheClockAndIntervals();
  let database: TestDatabase;
  let instance: Instance;
  beforeAll(async () => {
    database = await createDatabase();
    instance = await startGatehouse(database, {
      clock: wallClock,
      env: { REGISTRATION: 'open', REGISTRATION_UNUSED_LIFETIME: '1h' },
    });
  });
  afterAll(async () => {
    await instance.stop();
    await database.drop();
  });

  test('are removed by the sweep, and not before their time', async () => {
    const { clients } = instance.gatehouse;
    const { body } = await register(instance);
    const added = await instance.addClient({ kind: 'service' });
    clock.pass(3000);
    clock.tick(60);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await clients.find(body.client_id)).toBeDefined();
    clock.pass(600);
    clock.tick(60);
    await eventually(async () => (await clients.find(body.client_id)) === undefined);
    expect(await clients.find(added.id)).toBeDefined();
  });
});
