import { createHash } from 'node:crypto';
import type { LogoutDelivery } from '../store/logout-queue.js';
import type { SessionRecord } from '../store/sessions.js';
import type { Clock, Store } from '../store/store.js';

export interface UserSessions {
  /**
   * Ends one session, tells its clients by back-channel logout and revokes what they hold by it, but for grants that
   * are to outlive it (`offline_access`). False when it wasn't alive.
   */
  end(uid: string): Promise<boolean>;
  /**
   * Ends every session of a user but `except`, and tells their clients. Every grant, code, refresh and opaque token of
   * the user is revoked, those of `except` too: its apps get new ones by single sign-on.
   */
  endAll(accountId: string, options?: { except?: string }): Promise<void>;
}

/** How long the record of a delivery is kept. */
const deliveryLife = 7 * 24 * 3600 * 1000;
/** A sign-in in flight can add a session while the others are being ended; nobody signs in more often than this. */
const looks = 5;

export function createUserSessions({
  store,
  clock,
}: {
  store: Pick<Store, 'sessions' | 'artifacts' | 'clients' | 'logoutQueue'>;
  clock: Clock;
}): UserSessions {
  /** Queues what the clients of these sessions are to be told, but for what is queued already. */
  async function tellClients(sessions: SessionRecord[]): Promise<void> {
    const authorizations = sessions.flatMap(({ uid, accountId, authorizations }) =>
      accountId === undefined
        ? []
        : Object.entries(authorizations).map(([clientId, { sid }]) => ({
            sessionUid: uid,
            accountId,
            clientId,
            ...(typeof sid === 'string' ? { sid } : {}),
          })),
    );
    const clientIds = [...new Set(authorizations.map(({ clientId }) => clientId))];
    const clients = await Promise.all(clientIds.map((id) => store.clients.find(id)));
    const listening = new Set(
      clients.filter((client) => client?.metadata['backchannel_logout_uri']).map((client) => client?.id),
    );
    const now = clock();
    const deliveries = authorizations
      .filter(({ clientId }) => listening.has(clientId))
      .map((authorization) => newLogoutDelivery(authorization, now));
    if (deliveries.length > 0) await store.logoutQueue.add(deliveries);
  }

  /**
   * Queues first and ends then: an ended session does not say any more whom it was to be told to, so a failure between
   * the two must leave it alive, to be ended by the next call. Returns those that this call ended.
   */
  async function endSessions(sessions: SessionRecord[]): Promise<SessionRecord[]> {
    await tellClients(sessions);
    const results = await Promise.all(sessions.map(({ uid }) => store.sessions.end(uid)));
    const ended = results.filter((session) => session !== undefined);
    // A sign-in in flight can add a client between the look at a session and its end.
    const looked = new Map(sessions.map((session) => [session.uid, session]));
    const grown = ended.filter(({ uid, authorizations }) => {
      const before = looked.get(uid)?.authorizations ?? {};
      return Object.entries(authorizations).some(([clientId, { sid }]) => before[clientId]?.['sid'] !== sid);
    });
    await tellClients(grown);
    return ended;
  }

  return {
    async end(uid) {
      const session = await store.sessions.findByUid(uid);
      const [ended] = session === undefined ? [] : await endSessions([session]);
      if (ended === undefined) return false;
      const grantIds = Object.values(ended.authorizations)
        .filter(({ persistsLogout }) => persistsLogout !== true)
        .map(({ grantId }) => grantId)
        .filter((grantId) => typeof grantId === 'string');
      await Promise.all(grantIds.map((grantId) => store.artifacts.revoke({ grantId })));
      return true;
    },

    async endAll(accountId, { except } = {}) {
      for (let look = 1; look <= looks; look++) {
        const all = await store.sessions.listByAccount(accountId);
        const sessions = all.filter(({ uid }) => uid !== except);
        await endSessions(sessions);
        // After the sessions, since they could bring forth new ones; and at each look, since requests in flight could.
        await store.artifacts.revoke({ accountId });
        if (look > 1 && sessions.length === 0) return;
      }
    },
  };
}

/**
 * A back-channel logout that is due at once. Its id is made of what it is about, so that whoever repeats what failed
 * half-way queues it once. The sid belongs to it: a client that a session was left for and came back to has a new one.
 */
export function newLogoutDelivery(
  { sessionUid, ...of }: { sessionUid: string; clientId: string; accountId: string; sid?: string },
  now: number,
): LogoutDelivery {
  const names = JSON.stringify([sessionUid, of.clientId, of.sid]);
  return {
    id: createHash('sha256').update(names).digest('base64url'),
    ...of,
    createdAt: now,
    dueAt: now,
    attempts: 0,
    expiresAt: now + deliveryLife,
  };
}
