import type { Clock, Store } from './store/store.js';

/** Opens the store that a STORE_URL names: `sqlite:path` (or `sqlite::memory:`), `mongodb://…`, `mongodb+srv://…`. */
export async function openStore(url: string, clock: Clock): Promise<Store> {
  if (url.startsWith('mongodb:') || url.startsWith('mongodb+srv:')) {
    const { openMongo } = await import('../adapters/mongodb/open-mongo.js');
    return openMongo({ url, clock });
  }
  const { openSqlite } = await import('../adapters/sqlite/open-sqlite.js');
  return openSqlite({ file: url.replace(/^sqlite:(?:\/\/)?/u, ''), clock });
}
