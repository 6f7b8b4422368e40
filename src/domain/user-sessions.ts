import { randomBytes } from 'node:crypto';
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
  async function tellClients(sessions: SessionRecord[]): Promise<void> {
    const pairs = sessions.flatMap(({ accountId, authorizations }) =>
      accountId === undefined
        ? []
        : Object.entries(authorizations).map(([clientId, { sid }]) => ({ accountId, clientId, sid })),
    );
    const clientIds = [...new Set(pairs.map(({ clientId }) => clientId))];
    const clients = await Promise.all(clientIds.map((id) => store.clients.find(id)));
    const listening = new Set(
      clients.filter((client) => client?.metadata['backchannel_logout_uri']).map((client) => client?.id),
    );
    const now = clock();
    const deliveries = pairs
      .filter(({ clientId }) => listening.has(clientId))
      .map(({ sid, ...of }) =>
        newLogoutDelivery({ ...of, ...(typeof sid === 'string' ? { sid } : {}) }, now),
      );
    if (deliveries.length > 0) await store.logoutQueue.add(deliveries);
  }

  return {
    async end(uid) {
      const ended = await store.sessions.end(uid);
      if (ended === undefined) return false;
      const grantIds = Object.values(ended.authorizations)
        .filter(({ persistsLogout }) => persistsLogout !== true)
        .map(({ grantId }) => grantId)
        .filter((grantId) => typeof grantId === 'string');
      await Promise.all([
        tellClients([ended]),
        ...grantIds.map((grantId) => store.artifacts.revoke({ grantId })),
      ]);
      return true;
    },

    async endAll(accountId, { except } = {}) {
      for (let look = 1; look <= looks; look++) {
        const all = await store.sessions.listByAccount(accountId);
        const sessions = all.filter(({ uid }) => uid !== except);
        const ended = await Promise.all(sessions.map(({ uid }) => store.sessions.end(uid)));
        await tellClients(ended.filter((session) => session !== undefined));
        // After the sessions, since they could bring forth new ones; and at each look, since requests in flight could.
        await store.artifacts.revoke({ accountId });
        if (look > 1 && sessions.length === 0) return;
      }
    },
  };
}

/** A back-channel logout that is due at once. */
export function newLogoutDelivery(
  of: { clientId: string; accountId: string; sid?: string },
  now: number,
): LogoutDelivery {
  return {
    id: randomBytes(16).toString('base64url'),
    ...of,
    createdAt: now,
    dueAt: now,
    attempts: 0,
    expiresAt: now + deliveryLife,
  };
}
