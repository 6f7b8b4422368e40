import type { LogoutDelivery, LogoutQueue } from '../../src/store/logout-queue.js';
import type { Database } from './database.js';
import type { Value } from './driver.js';
import { hashed } from './index-values.js';

interface Row {
  record: string;
}

/** The `+` keeps SQLite from searching by expiry, which nearly every record passes. */
export function createLogoutQueue(db: Database): LogoutQueue {
  function save(delivery: LogoutDelivery): void {
    db.run(
      'UPDATE logout_deliveries SET due_at = ?, record = ? WHERE id = ?',
      dueColumn(delivery),
      JSON.stringify(delivery),
      hashed(delivery.id),
    );
  }

  /** One that is over stays as it is: whoever comes late held a lease that had ended. */
  function changeWaiting(id: string, change: (delivery: LogoutDelivery, now: number) => LogoutDelivery) {
    return db.write((now) => {
      const sql =
        'SELECT record FROM logout_deliveries WHERE id = ? AND due_at IS NOT NULL AND expires_at > ?';
      const row = db.get<Row>(sql, hashed(id), now);
      if (row !== undefined) save(change(toDelivery(row), now));
    });
  }

  return {
    add: (deliveries) =>
      db.write((now) => {
        for (const delivery of deliveries) {
          const id = hashed(delivery.id);
          // Of an expired one nothing may remain, so the row is replaced as a whole.
          db.run('DELETE FROM logout_deliveries WHERE id = ? AND expires_at <= ?', id, now);
          db.run(
            `INSERT INTO logout_deliveries (id, client, account, created_at, due_at, expires_at, record)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
            id,
            hashed(delivery.clientId),
            hashed(delivery.accountId),
            delivery.createdAt,
            dueColumn(delivery),
            delivery.expiresAt,
            JSON.stringify(delivery),
          );
        }
      }),

    claim: (limit, leaseMs) =>
      db.write((now) => {
        const rows = db.all<Row>(
          'SELECT record FROM logout_deliveries WHERE due_at <= ? AND +expires_at > ? ORDER BY due_at LIMIT ?',
          now,
          now,
          limit,
        );
        return rows.map((row) => {
          const delivery = toDelivery(row);
          const claimed = { ...delivery, attempts: delivery.attempts + 1, dueAt: now + leaseMs };
          save(claimed);
          return claimed;
        });
      }),

    finish: (id, outcome, lastError) =>
      changeWaiting(id, (delivery, now) => ({
        ...delivery,
        outcome,
        finishedAt: now,
        ...(lastError === undefined ? {} : { lastError }),
      })),

    retry: (id, dueAt, lastError) => changeWaiting(id, (delivery) => ({ ...delivery, dueAt, lastError })),

    list: ({ clientId, accountId, limit }) =>
      db.read((now) => {
        const given: [condition: string, value: Value][] = [['+expires_at > ?', now]];
        if (clientId !== undefined) given.push(['client = ?', hashed(clientId)]);
        if (accountId !== undefined) given.push(['account = ?', hashed(accountId)]);
        const conditions = given.map(([condition]) => condition).join(' AND ');
        const sql = `SELECT record FROM logout_deliveries WHERE ${conditions} ORDER BY created_at DESC LIMIT ?`;
        return db.all<Row>(sql, ...given.map(([, value]) => value), limit).map(toDelivery);
      }),
  };
}

function dueColumn(delivery: LogoutDelivery): number | null {
  return delivery.outcome === undefined ? delivery.dueAt : null;
}

function toDelivery({ record }: Row): LogoutDelivery {
  return JSON.parse(record) as LogoutDelivery;
}
