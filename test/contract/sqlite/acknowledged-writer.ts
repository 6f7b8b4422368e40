/**
 * A server process for `durability.test.ts`, which kills it: writes to the file in argv[2] without end, and prints a
 * line for each write that the store has acknowledged.
 */
import { writeSync } from 'node:fs';
import { openSqlite } from '../../../adapters/sqlite/open-sqlite.js';

const [file = '', name = ''] = process.argv.slice(2);
const store = await openSqlite({ file });
await store.migrate();

async function rotateTokens(chain: string): Promise<never> {
  for (let number = 0; ; number++) {
    const key = `${chain}-${number}`;
    await store.artifacts.create({ model: 'RefreshToken', key, payload: {} });
    acknowledge('created', key);
    const { won } = await store.artifacts.consume(key);
    if (won) acknowledge('consumed', key);
    if (
      await store.replays.remember(
        `shared-${number}-of-${chain.slice(chain.indexOf('/'))}`,
        Date.now() + 3_600_000,
      )
    ) {
      acknowledge('remembered', `shared-${number}-of-${chain.slice(chain.indexOf('/'))}`);
    }
  }
}

/** To the pipe before going on: what was printed, the parent has, even when this process is killed next. */
function acknowledge(what: string, key: string): void {
  writeSync(1, `${what} ${key}\n`);
}

await Promise.all(Array.from({ length: 10 }, (_, chain) => rotateTokens(`${name}/${chain}`)));
