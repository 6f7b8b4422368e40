import type { Collection } from 'mongodb';
import type { StoredDocument } from './documents.js';
import { dateOf } from './documents.js';
import { duplicateIndex } from './errors.js';

/** False, and nothing is written, when a document of this `_id` stands there. */
export async function insertIfAbsent(
  collection: Collection<StoredDocument>,
  document: StoredDocument,
): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (error) {
    if (duplicateIndex(error) === '_id_') return false;
    throw error;
  }
}

/**
 * As `insertIfAbsent`, but takes the place of a document that has expired. Of parallel calls exactly one is true.
 *
 * Two commands rather than one upsert, which is atomic as well but does not report on every server who won.
 */
export async function insertIfGone(
  collection: Collection<StoredDocument>,
  document: StoredDocument,
  now: number,
): Promise<boolean> {
  if (await insertIfAbsent(collection, document)) return true;
  const expired = { _id: document._id, expiresAt: { $lte: dateOf(now) } };
  const { modifiedCount } = await collection.replaceOne(expired, document);
  return modifiedCount === 1;
}
