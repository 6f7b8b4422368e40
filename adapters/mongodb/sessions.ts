import type { Document } from 'mongodb';
import type { SessionChange, SessionRecord, SessionStore } from '../../src/store/sessions.js';
import type { Json } from '../../src/store/store.js';
import type { Database } from './connection.js';
import {
  alive,
  dateOf,
  fieldName,
  nameOfField,
  original,
  recordId,
  text,
  type StoredDocument,
} from './documents.js';
import { insertIfGone } from './insert.js';

/*
 * Each member of a session's payload and each client's authorization is a field of its own, so that parallel requests
 * change different fields. A session that has ended keeps nothing but its name and the end of its life.
 */

const CONTENT = ['key', 'accountId', 'payload', 'authorizations'] as const;

export function createSessionStore({ collection, clock }: Database): SessionStore {
  const sessions = collection('sessions');
  const known = (uid: string) => ({ _id: recordId(uid), endedAt: { $exists: false }, ...alive(clock()) });

  return {
    create: (session) => insertIfGone(sessions, toDocument(session), clock()),

    async update(change) {
      const { matchedCount } = await sessions.updateOne(known(change.uid), toUpdate(change));
      return matchedCount === 1;
    },

    async findByKey(key) {
      const document = await sessions.findOne({ key: text(key), ...alive(clock()) });
      return document === null ? undefined : toSession(document);
    },

    async findByUid(uid) {
      const document = await sessions.findOne(known(uid));
      return document === null ? undefined : toSession(document);
    },

    async listByAccount(accountId) {
      const documents = await sessions.find({ accountId: text(accountId), ...alive(clock()) }).toArray();
      return documents.map(toSession);
    },

    async end(uid) {
      const document = await sessions.findOneAndUpdate(
        known(uid),
        { $set: { endedAt: clock() }, $unset: Object.fromEntries(CONTENT.map((field) => [field, 1])) },
        { returnDocument: 'before' },
      );
      return document === null ? undefined : toSession(document);
    },
  };
}

function toDocument(session: SessionRecord): StoredDocument {
  return {
    _id: recordId(session.uid),
    uid: text(session.uid),
    key: text(session.key),
    accountId: session.accountId === undefined ? undefined : text(session.accountId),
    expiresAt: dateOf(session.expiresAt),
    payload: toFields(session.payload),
    authorizations: toFields(session.authorizations),
  };
}

function toSession(document: StoredDocument): SessionRecord {
  const accountId = document.accountId as string | undefined;
  return {
    uid: original(document.uid as string),
    key: original(document.key as string),
    ...(accountId !== undefined && { accountId: original(accountId) }),
    expiresAt: (document.expiresAt as Date).getTime(),
    payload: fromFields(document.payload as Record<string, string>),
    authorizations: fromFields(document.authorizations as Record<string, string>),
  };
}

function toUpdate(change: SessionChange): Document {
  const set: Document = { expiresAt: dateOf(change.expiresAt) };
  if (change.accountId !== undefined) set.accountId = text(change.accountId);
  if (change.key !== undefined) set.key = text(change.key);
  for (const [field, json] of Object.entries(toFields(change.set))) set[`payload.${field}`] = json;
  for (const [field, json] of Object.entries(toFields(change.setAuthorizations))) {
    set[`authorizations.${field}`] = json;
  }
  const gone = Object.keys(change.set).filter((name) => change.set[name] === undefined);
  const unset = [
    ...[...change.unset, ...gone].map((name) => `payload.${fieldName(name)}`),
    ...change.unsetAuthorizations.map((client) => `authorizations.${fieldName(client)}`),
  ];
  if (unset.length === 0) return { $set: set };
  return { $set: set, $unset: Object.fromEntries(unset.map((field) => [field, 1])) };
}

function toFields(members: Record<string, Json | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [fieldName(name), JSON.stringify(value)]),
  );
}

function fromFields<T>(fields: Record<string, string>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, json]) => [nameOfField(field), JSON.parse(json) as T]),
  );
}
