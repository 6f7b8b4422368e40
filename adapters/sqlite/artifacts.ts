import type { Artifact, ArtifactStore, Consumption, RevocationFilter } from '../../src/store/artifacts.js';
import type { Database } from './database.js';
import type { Value } from './driver.js';
import { hashed, hashedIfPresent } from './index-values.js';

const ALIVE = '(expires_at IS NULL OR expires_at > ?)';

export function createArtifactStore(db: Database): ArtifactStore {
  return {
    create: (artifact) =>
      db.write((now) => {
        db.run(
          `INSERT INTO artifacts (key, model, grant_id, account, client, user_code, expires_at, record)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (key) DO UPDATE SET model = excluded.model, grant_id = excluded.grant_id,
             account = excluded.account, client = excluded.client, user_code = excluded.user_code,
             expires_at = excluded.expires_at, record = excluded.record,
             consumed_at = CASE WHEN ${ALIVE} THEN consumed_at END`,
          hashed(artifact.key),
          ...columns(artifact),
          now,
        );
      }),

    replace: (artifact) =>
      db.write((now) => {
        const replaced = db.run(
          `UPDATE artifacts SET model = ?, grant_id = ?, account = ?, client = ?, user_code = ?, expires_at = ?, record = ?
           WHERE key = ? AND ${ALIVE}`,
          ...columns(artifact),
          hashed(artifact.key),
          now,
        );
        return replaced === 1;
      }),

    swap: (before, after) =>
      db.write((now) => {
        const replaced = db.run(
          `UPDATE artifacts SET model = ?, grant_id = ?, account = ?, client = ?, user_code = ?, expires_at = ?, record = ?
           WHERE key = ? AND record ->> '$.payload' = ? AND ${ALIVE}`,
          ...columns(after),
          hashed(after.key),
          JSON.stringify(before.payload),
          now,
        );
        return replaced === 1;
      }),

    find: (key) =>
      db.read((now) =>
        toArtifact(
          db.get(`SELECT record, consumed_at FROM artifacts WHERE key = ? AND ${ALIVE}`, hashed(key), now),
        ),
      ),

    findByUserCode: (userCode) =>
      db.read((now) =>
        toArtifact(
          db.get(
            `SELECT record, consumed_at FROM artifacts WHERE user_code = ? AND ${ALIVE}`,
            hashed(userCode),
            now,
          ),
        ),
      ),

    listByAccount: ({ model, accountId, limit }) =>
      db.read((now) =>
        db
          .all<Row>(
            `SELECT record, consumed_at FROM artifacts WHERE account = ? AND model = ? AND ${ALIVE}
             ORDER BY +expires_at DESC LIMIT ?`,
            hashed(accountId),
            model,
            now,
            limit,
          )
          .map((row) => toArtifact(row)!),
      ),

    consume: (key) =>
      db.write((now): Consumption => {
        const id = hashed(key);
        const changed = db.run(
          `UPDATE artifacts SET consumed_at = ? WHERE key = ? AND consumed_at IS NULL AND ${ALIVE}`,
          now,
          id,
          now,
        );
        if (changed === 1) return { won: true };
        const standing = db.get<{ consumed_at: number }>(
          `SELECT consumed_at FROM artifacts WHERE key = ? AND ${ALIVE}`,
          id,
          now,
        );
        return standing === undefined ? { won: false } : { won: false, consumedAt: standing.consumed_at };
      }),

    remove: (key) => db.write(() => db.run('DELETE FROM artifacts WHERE key = ?', hashed(key)) === 1),

    revoke: (filter) =>
      db.write((now) => {
        const { conditions, values } = matching(filter);
        return db.run(`DELETE FROM artifacts WHERE ${conditions} AND ${ALIVE}`, ...values, now);
      }),
  };
}

function columns(artifact: Artifact): Value[] {
  return [
    artifact.model,
    hashedIfPresent(artifact.grantId),
    hashedIfPresent(artifact.accountId),
    hashedIfPresent(artifact.clientId),
    hashedIfPresent(artifact.userCode),
    artifact.expiresAt ?? null,
    // Only `consume` says when it was used up, and its column is where that stands.
    JSON.stringify({ ...artifact, consumedAt: undefined }),
  ];
}

interface Row {
  record: string;
  consumed_at: number | null;
}

function toArtifact(row: Row | undefined): Artifact | undefined {
  if (row === undefined) return undefined;
  const artifact = JSON.parse(row.record) as Artifact;
  if (row.consumed_at !== null) artifact.consumedAt = row.consumed_at;
  return artifact;
}

/** The members of a filter that are given, as SQL: four filters of two kinds, so a handful of statements. */
function matching(filter: RevocationFilter): { conditions: string; values: Value[] } {
  const given: [column: string, value: Value][] = [];
  if ('grantId' in filter) given.push(['grant_id', hashed(filter.grantId)]);
  if ('accountId' in filter) given.push(['account', hashed(filter.accountId)]);
  if ('clientId' in filter && filter.clientId !== undefined) given.push(['client', hashed(filter.clientId)]);
  if (given.length === 0) throw new TypeError('A revocation needs a grant, an account or a client');
  if (filter.model !== undefined) given.push(['model', filter.model]);
  return {
    conditions: given.map(([column]) => `${column} = ?`).join(' AND '),
    values: given.map(([, value]) => value),
  };
}
