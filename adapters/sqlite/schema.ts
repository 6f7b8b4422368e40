/**
 * Migration 1. Every table is a rowid table, so that records are appended and only the small index entries land in
 * random places; `record` holds the whole record as JSON, the other columns are what it is found by (`index-values.ts`).
 * Indexes on members that most records lack leave those records out.
 */
export const recordsSchema = `
  CREATE TABLE artifacts (
    key BLOB NOT NULL UNIQUE,
    model TEXT NOT NULL,
    grant_id BLOB,
    account BLOB,
    client BLOB,
    user_code BLOB,
    expires_at INTEGER,
    consumed_at INTEGER,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX artifacts_by_grant ON artifacts (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX artifacts_by_account ON artifacts (account, client) WHERE account IS NOT NULL;
  CREATE INDEX artifacts_by_client ON artifacts (client) WHERE client IS NOT NULL;
  CREATE INDEX artifacts_by_user_code ON artifacts (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX artifacts_by_expiry ON artifacts (expires_at) WHERE expires_at IS NOT NULL;

  -- An ended session stays as a tombstone: uid, expires_at and ended_at, nothing else.
  CREATE TABLE sessions (
    uid BLOB NOT NULL UNIQUE,
    key BLOB,
    account BLOB,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    record TEXT
  ) STRICT;
  CREATE INDEX sessions_by_key ON sessions (key) WHERE key IS NOT NULL;
  CREATE INDEX sessions_by_account ON sessions (account) WHERE account IS NOT NULL;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at);

  CREATE TABLE replays (key BLOB NOT NULL UNIQUE, expires_at INTEGER NOT NULL) STRICT;
  CREATE INDEX replays_by_expiry ON replays (expires_at);

  CREATE TABLE consents (
    account BLOB NOT NULL,
    client BLOB NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (account, client)
  ) STRICT;
  CREATE INDEX consents_by_client ON consents (client);

  CREATE TABLE users (
    id BLOB NOT NULL UNIQUE,
    username BLOB UNIQUE,
    email BLOB UNIQUE,
    version INTEGER NOT NULL,
    -- JSON of the roles of a user who can use them; null where there are none.
    usable_roles TEXT,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX users_with_roles ON users (usable_roles) WHERE usable_roles IS NOT NULL;

  CREATE TABLE clients (id BLOB NOT NULL UNIQUE, version INTEGER NOT NULL, record TEXT NOT NULL) STRICT;

  CREATE TABLE services (resource BLOB NOT NULL UNIQUE, version INTEGER NOT NULL, record TEXT NOT NULL) STRICT;

  CREATE TABLE keys (id BLOB NOT NULL UNIQUE, purpose BLOB NOT NULL, record TEXT NOT NULL) STRICT;
  CREATE INDEX keys_by_purpose ON keys (purpose, id);

  CREATE TABLE links (
    key BLOB NOT NULL UNIQUE,
    purpose BLOB NOT NULL,
    user_id BLOB,
    expires_at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX links_by_purpose ON links (purpose, user_id);
  CREATE INDEX links_by_expiry ON links (expires_at);

  CREATE TABLE throttles (key BLOB NOT NULL UNIQUE, count INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;
  CREATE INDEX throttles_by_expiry ON throttles (expires_at);

  -- due_at is null once a delivery is over.
  CREATE TABLE logout_deliveries (
    id BLOB NOT NULL UNIQUE,
    client BLOB NOT NULL,
    account BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    expires_at INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX logout_deliveries_by_due ON logout_deliveries (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX logout_deliveries_by_creation ON logout_deliveries (created_at);
  CREATE INDEX logout_deliveries_by_client ON logout_deliveries (client, created_at);
  CREATE INDEX logout_deliveries_by_account ON logout_deliveries (account, created_at);
  CREATE INDEX logout_deliveries_by_expiry ON logout_deliveries (expires_at);

  CREATE TABLE settings (name BLOB NOT NULL UNIQUE, value TEXT NOT NULL) STRICT;
`;

/** Migration 2: clients that register themselves. */
export const registrationSchema = `
  CREATE TABLE initial_access_tokens (
    key BLOB NOT NULL UNIQUE,
    id BLOB NOT NULL UNIQUE,
    registrations_left INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- What was made; how many registrations are left says the column.
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX initial_access_tokens_by_expiry ON initial_access_tokens (expires_at);

  -- Null on clients that are kept whether or not they are used.
  ALTER TABLE clients ADD COLUMN kept_until INTEGER;
  CREATE INDEX clients_by_end ON clients (kept_until) WHERE kept_until IS NOT NULL;
`;
