import { MongoClient } from 'mongodb';
import { loadDriver } from '../../adapters/sqlite/driver.js';

/** Makes the database itself refuse new back-channel logouts, and nothing else, until the returned function is called. */
export async function refuseLogouts(storeUrl: string): Promise<() => Promise<void>> {
  return storeUrl.startsWith('sqlite:')
    ? refuseInSqlite(storeUrl.slice('sqlite:'.length))
    : refuseInMongo(storeUrl);
}

async function refuseInSqlite(file: string): Promise<() => Promise<void>> {
  const connection = new (await loadDriver())(file);
  connection.exec(
    `CREATE TRIGGER refusal BEFORE INSERT ON logout_deliveries BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  );
  return async () => {
    connection.exec('DROP TRIGGER refusal');
    connection.close();
  };
}

async function refuseInMongo(url: string): Promise<() => Promise<void>> {
  const server = new MongoClient(url);
  const validate = (validator: object) => server.db().command({ collMod: 'logoutDeliveries', validator });
  await validate({ refused: { $exists: true } });
  return async () => {
    await validate({});
    await server.close();
  };
}
