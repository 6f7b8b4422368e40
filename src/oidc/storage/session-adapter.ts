import { isDeepStrictEqual } from 'node:util';
import Provider, { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';
import type {
  SessionAuthorization,
  SessionChange,
  SessionRecord,
  SessionStore,
} from '../../store/sessions.js';
import type { Clock, JsonObject } from '../../store/store.js';
import { keyOf } from './record-key.js';

/** A session whose only change is a later expiry is written when at least this part of its life has passed. */
const TOUCH_FRACTION = 0.05;

type Authorizations = Record<string, SessionAuthorization>;

/**
 * Sessions. The library reads one, changes it and writes it back whole at the end of every authorization request.
 * Written like that, parallel requests would erase each other's clients, and a logout would be undone by any request
 * in flight. So what is stored is the difference to what the request had read, and only into a session still alive.
 */
export function createSessionAdapter(deps: { store: SessionStore; clock: Clock }): Adapter {
  const { store, clock } = deps;

  const remember = (session: SessionRecord) => {
    const reads = requestScope()?.reads;
    reads?.set(`session/${session.uid}`, session);
    reads?.set(`session-key/${session.key}`, session.uid);
  };

  const toPayload = (session: SessionRecord, id: string | undefined): AdapterPayload => {
    remember(session);
    const payload: JsonObject = { ...session.payload, uid: session.uid };
    if (Object.keys(session.authorizations).length > 0)
      payload['authorizations'] = structuredClone(session.authorizations);
    if (id !== undefined) payload['jti'] = id;
    return payload as AdapterPayload;
  };

  const create = async (session: SessionRecord) => {
    if (!(await store.create(session))) sessionIsOver();
    remember(session);
  };

  const update = async (before: SessionRecord, after: SessionRecord) => {
    const change = difference(before, after);
    const unchanged =
      change.key === undefined &&
      Object.keys(change.set).every((member) => member === 'exp') &&
      change.unset.length === 0 &&
      Object.keys(change.setAuthorizations).length === 0 &&
      change.unsetAuthorizations.length === 0;
    const gained = after.expiresAt - before.expiresAt;
    if (unchanged && gained >= 0 && gained < (after.expiresAt - clock()) * TOUCH_FRACTION) return;
    if (!(await store.update(change))) sessionIsOver();
    remember(after);
  };

  return {
    async upsert(id, payload, expiresIn) {
      const {
        jti: _jti,
        uid = '',
        authorizations = {},
        ...rest
      } = payload as AdapterPayload & { jti?: string };
      const session: SessionRecord = {
        uid,
        key: keyOf('Session', id),
        expiresAt: clock() + (expiresIn ?? 0) * 1000,
        payload: JSON.parse(JSON.stringify(rest)) as JsonObject,
        authorizations: JSON.parse(JSON.stringify(authorizations)) as Authorizations,
      };
      if (payload.accountId !== undefined) session.accountId = payload.accountId;
      const before = requestScope()?.reads.get(`session/${uid}`) as SessionRecord | undefined;
      await (before ? update(before, session) : create(session));
    },
    async find(id) {
      const session = await store.findByKey(keyOf('Session', id));
      return session && toPayload(session, id);
    },
    async findByUid(uid) {
      const session = await store.findByUid(uid);
      return session && toPayload(session, undefined);
    },
    async destroy(id) {
      const key = keyOf('Session', id);
      // The uid of a session stays, whatever becomes of its key.
      const known = requestScope()?.reads.get(`session-key/${key}`) as string | undefined;
      const uid = known ?? (await store.findByKey(key))?.uid;
      if (uid !== undefined) await store.end(uid);
    },
    async findByUserCode() {
      return undefined;
    },
    async consume() {},
    async revokeByGrantId() {},
  };
}

/**
 * The session ended while this request was under way. An authorization must not succeed then, or the browser that was
 * just signed out would still hand a code to an app, or let a device in; anything else may finish, it only has no session any more.
 */
function sessionIsOver(): void {
  const { route, entities } = Provider.ctx?.oidc ?? {};
  const isLettingIn = entities?.DeviceCode?.accountId !== undefined;
  if (route === 'authorization' || route === 'resume' || isLettingIn)
    throw new errors.LoginRequired('the session has ended');
}

function difference(before: SessionRecord, after: SessionRecord): SessionChange {
  const change: SessionChange = {
    uid: after.uid,
    expiresAt: after.expiresAt,
    ...changedMembers(before.payload, after.payload, (set, unset) => ({ set, unset })),
    ...changedMembers(before.authorizations, after.authorizations, (set, unset) => ({
      setAuthorizations: set as Authorizations,
      unsetAuthorizations: unset,
    })),
  };
  if (after.key !== before.key) change.key = after.key;
  if (after.accountId !== undefined && after.accountId !== before.accountId)
    change.accountId = after.accountId;
  return change;
}

function changedMembers<T>(
  before: JsonObject,
  after: JsonObject,
  as: (set: JsonObject, unset: string[]) => T,
): T {
  const set = Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !isDeepStrictEqual(before[name], value)),
  );
  const unset = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return as(set, unset);
}
