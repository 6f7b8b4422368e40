import type { Document, Filter } from 'mongodb';
import type { Artifact, ArtifactStore, RevocationFilter } from '../../src/store/artifacts.js';
import type { Database } from './connection.js';
import { alive, createCodec, recordId, text, type StoredDocument } from './documents.js';
import { insertIfGone } from './insert.js';

/** Members that a later version of the artifact may lack. */
const OPTIONAL = ['grantId', 'accountId', 'clientId', 'userCode', 'expiresAt'] as const;

const { encode, decode } = createCodec<Artifact>('payload');

export function createArtifactStore({ collection, clock }: Database): ArtifactStore {
  const artifacts = collection('artifacts');

  /** Only `consume` says when it was used up. */
  function toDocument(artifact: Artifact): StoredDocument {
    const document = encode(recordId(artifact.key), artifact);
    delete document.consumedAt;
    return document;
  }

  async function replace(artifact: Artifact, condition: Filter<StoredDocument> = {}): Promise<boolean> {
    const { _id, ...members } = toDocument(artifact);
    const absent = OPTIONAL.filter((name) => artifact[name] === undefined);
    const { matchedCount } = await artifacts.updateOne(
      { _id, ...condition, ...alive(clock()) },
      {
        $set: members,
        ...(absent.length > 0 && { $unset: Object.fromEntries(absent.map((name) => [name, 1])) }),
      },
    );
    return matchedCount === 1;
  }

  return {
    async create(artifact) {
      // Each round fails only when another call, or the end of a record's life, came between its two steps.
      for (;;) {
        if (await insertIfGone(artifacts, toDocument(artifact), clock())) return;
        if (await replace(artifact)) return;
      }
    },

    replace: (artifact) => replace(artifact),

    swap: (before, after) => replace(after, { payload: JSON.stringify(before.payload) }),

    async find(key) {
      const document = await artifacts.findOne({ _id: recordId(key), ...alive(clock()) });
      return document === null ? undefined : decode(document);
    },

    async findByUserCode(userCode) {
      const document = await artifacts.findOne({ userCode: text(userCode), ...alive(clock()) });
      return document === null ? undefined : decode(document);
    },

    async listByAccount({ model, accountId, limit }) {
      const documents = await artifacts
        .find({ accountId: text(accountId), model: text(model), ...alive(clock()) })
        .sort({ expiresAt: -1 })
        .limit(limit)
        .toArray();
      return documents.map(decode);
    },

    async consume(key) {
      const now = clock();
      const standing = { _id: recordId(key), ...alive(now) };
      const { modifiedCount } = await artifacts.updateOne(
        { ...standing, consumedAt: { $exists: false } },
        { $set: { consumedAt: now } },
      );
      if (modifiedCount === 1) return { won: true };
      const winner = await artifacts.findOne(standing, { projection: { consumedAt: 1 } });
      return winner === null ? { won: false } : { won: false, consumedAt: winner.consumedAt as number };
    },

    async remove(key) {
      const { deletedCount } = await artifacts.deleteOne({ _id: recordId(key) });
      return deletedCount === 1;
    },

    async revoke(filter) {
      const { deletedCount } = await artifacts.deleteMany({ ...matching(filter), ...alive(clock()) });
      return deletedCount;
    },
  };
}

function matching(filter: RevocationFilter): Filter<StoredDocument> {
  const given: Document = {};
  if ('grantId' in filter) given.grantId = text(filter.grantId);
  if ('accountId' in filter) given.accountId = text(filter.accountId);
  if ('clientId' in filter && filter.clientId !== undefined) given.clientId = text(filter.clientId);
  if (Object.keys(given).length === 0)
    throw new TypeError('A revocation needs a grant, an account or a client');
  if (filter.model !== undefined) given.model = text(filter.model);
  return given;
}
