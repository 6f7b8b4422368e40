import { openDatabase } from '../../adapters/sqlite/database.js';

/** One row or document, as whoever steals the database sees it. */
export interface RawRecord {
  /** Its table or collection. */
  place: string;
  document: Record<string, unknown>;
}

/** Everything that stands in a database, read past our own ports. */
export async function readRecords(url: string): Promise<RawRecord[]> {
  return url.startsWith('sqlite:') ? readFile(url.slice('sqlite:'.length)) : readServer(url);
}

async function readFile(file: string): Promise<RawRecord[]> {
  const db = await openDatabase(file, Date.now);
  try {
    return await db.read(() =>
      db.all<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).flatMap(({ name }) =>
        db.all<{ record?: string }>(`SELECT * FROM ${name}`).map(({ record, ...columns }) => ({
          place: name,
          document: { ...columns, ...(record ? (JSON.parse(record) as object) : {}) },
        })),
      ),
    );
  } finally {
    await db.close();
  }
}

async function readServer(url: string): Promise<RawRecord[]> {
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(url);
  try {
    const collections = await client.db().collections();
    const found = collections.map(async (collection) =>
      (await collection.find().toArray()).map((document) => ({ place: collection.collectionName, document })),
    );
    return (await Promise.all(found)).flat();
  } finally {
    await client.close();
  }
}
