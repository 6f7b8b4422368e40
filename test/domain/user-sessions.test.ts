import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createUserSessions } from '../../src/domain/user-sessions.js';
import type { JsonObject } from '../../src/store/store.js';
import { goodPassword, openDomain, sharedPasswords, type Domain } from './open-domain.js';

let domain: Domain;
let userId: string;

beforeEach(async () => {
  domain = await openDomain();
  userId = (await domain.users.add({ username: 'ada', password: goodPassword })).id;
  await addClient('listening', { backchannel_logout_uri: 'https://app.example/logout' });
  await addClient('deaf', {});
});
afterEach(() => domain.close());
afterAll(() => sharedPasswords.close());

async function addClient(id: string, metadata: JsonObject) {
  const now = domain.clock();
  await domain.store.clients.create({
    id,
    kind: 'web',
    metadata,
    secrets: [],
    createdAt: now,
    updatedAt: now,
    version: 1,
  });
}

const inAnHour = () => domain.clock() + 3_600_000;

/** A browser signed in at both apps, with a refresh token of each. */
async function signInBrowser(uid: string, accountId = userId, { persistsLogout = false } = {}) {
  const authorizations: Record<string, JsonObject> = {};
  for (const clientId of ['listening', 'deaf']) {
    const grantId = `${uid}-${clientId}`;
    authorizations[clientId] = { sid: `sid-${grantId}`, grantId, persistsLogout };
    const owner = { accountId, clientId, payload: {}, expiresAt: inAnHour() };
    await domain.store.artifacts.create({ model: 'Grant', key: `grant ${grantId}`, grantId, ...owner });
    await domain.store.artifacts.create({
      model: 'RefreshToken',
      key: `token ${grantId}`,
      grantId,
      ...owner,
    });
  }
  const session = {
    uid,
    key: `key of ${uid}`,
    accountId,
    expiresAt: inAnHour(),
    payload: {},
    authorizations,
  };
  expect(await domain.store.sessions.create(session)).toBe(true);
}

const isAlive = async (uid: string) => (await domain.store.sessions.findByUid(uid)) !== undefined;
const hasToken = async (uid: string, clientId: string) =>
  (await domain.store.artifacts.find(`token ${uid}-${clientId}`)) !== undefined;
const told = async () =>
  (await domain.store.logoutQueue.list({ limit: 100 }))
    .map(({ clientId, sid }) => `${clientId} ${sid}`)
    .toSorted();

describe('ending one session', () => {
  test('revokes what its apps hold, tells those that listen, and leaves the others', async () => {
    await signInBrowser('laptop');
    await signInBrowser('phone');
    expect(await domain.userSessions.end('laptop')).toBe(true);
    expect(await isAlive('laptop')).toBe(false);
    expect(await hasToken('laptop', 'listening')).toBe(false);
    expect(await hasToken('laptop', 'deaf')).toBe(false);
    expect(await isAlive('phone')).toBe(true);
    expect(await hasToken('phone', 'listening')).toBe(true);
    expect(await told()).toEqual(['listening sid-laptop-listening']);
    expect(await domain.store.logoutQueue.claim(10, 1000)).toEqual([
      expect.objectContaining({ clientId: 'listening', accountId: userId, attempts: 1 }),
    ]);
  });

  test('leaves grants that are to outlive it', async () => {
    await signInBrowser('laptop', userId, { persistsLogout: true });
    await domain.userSessions.end('laptop');
    expect(await hasToken('laptop', 'listening')).toBe(true);
    expect(await told()).toHaveLength(1);
  });

  test('by many at once tells the apps once', async () => {
    await signInBrowser('laptop');
    const ended = await Promise.all(Array.from({ length: 20 }, () => domain.userSessions.end('laptop')));
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect(await told()).toHaveLength(1);
    expect(await domain.userSessions.end('never was')).toBe(false);
  });
});

describe('everything a user holds ends', () => {
  beforeEach(async () => {
    await signInBrowser('laptop', userId, { persistsLogout: true });
    await signInBrowser('phone');
    await signInBrowser('foreign', 'somebody else');
  });

  const expectAllOver = async () => {
    for (const uid of ['laptop', 'phone']) {
      expect(await isAlive(uid)).toBe(false);
      expect(await hasToken(uid, 'listening')).toBe(false);
      expect(await hasToken(uid, 'deaf')).toBe(false);
    }
    expect(await told()).toEqual(['listening sid-laptop-listening', 'listening sid-phone-listening']);
    expect(await isAlive('foreign')).toBe(true);
    expect(await hasToken('foreign', 'listening')).toBe(true);
  };

  test('when it is disabled', async () => {
    const user = await domain.users.disable(userId);
    expect(user.disabledAt).toBe(domain.clock());
    await expectAllOver();
    domain.passSeconds(10);
    expect((await domain.users.disable(userId)).disabledAt).toBe(user.disabledAt);
    expect((await domain.users.enable(userId)).disabledAt).toBeUndefined();
  });

  test('when a password is set', async () => {
    const user = await domain.users.setPassword(userId, 'another good one');
    expect(user.passwordChangedAt).toBe(domain.clock());
    await expectAllOver();
  });

  test('when it is removed, with its consents', async () => {
    const consent = { accountId: userId, clientId: 'deaf', scopes: ['openid'], claims: [], resources: {} };
    await domain.store.consents.add({ ...consent, updatedAt: domain.clock() });
    const removals = await Promise.all([1, 2, 3].map(() => domain.users.remove(userId)));
    expect(removals.filter(Boolean)).toHaveLength(1);
    await expectAllOver();
    expect(await domain.users.find(userId)).toBeUndefined();
    expect(await domain.store.consents.find(userId, 'deaf')).toBeUndefined();
    expect(await domain.users.remove(userId)).toBe(false);
  });

  test('also a token that is issued meanwhile to somebody without a session', async () => {
    const { store, clock } = domain;
    const { id: accountId } = await domain.users.add({ username: 'bob' });
    const token = { model: 'RefreshToken', key: 'late token', accountId, payload: {}, expiresAt: inAnHour() };
    let inFlight: Promise<void> | undefined;
    const revoke: typeof store.artifacts.revoke = async (filter) => {
      const revoked = await store.artifacts.revoke(filter);
      await (inFlight ??= store.artifacts.create(token));
      return revoked;
    };
    const artifacts = { ...store.artifacts, revoke };
    await createUserSessions({ store: { ...store, artifacts }, clock }).endAll(accountId);
    expect(await store.artifacts.find('late token')).toBeUndefined();
  });

  test('also a session that a sign-in in flight adds meanwhile', async () => {
    const { store, clock } = domain;
    let inFlight: Promise<void> | undefined;
    const revoke: typeof store.artifacts.revoke = async (filter) => {
      await (inFlight ??= signInBrowser('late'));
      return store.artifacts.revoke(filter);
    };
    const { endAll } = createUserSessions({
      store: { ...store, artifacts: { ...store.artifacts, revoke } },
      clock,
    });
    await endAll(userId);
    expect(await isAlive('late')).toBe(false);
    expect(await hasToken('late', 'listening')).toBe(false);
    expect(await told()).toContain('listening sid-late-listening');
  });

  test('but for the browser in which the password was changed', async () => {
    await domain.users.setPassword(userId, 'another good one', { keepSession: 'laptop' });
    expect([await isAlive('laptop'), await isAlive('phone')]).toEqual([true, false]);
    expect(await hasToken('laptop', 'listening')).toBe(false);
    expect(await told()).toEqual(['listening sid-phone-listening']);
  });
});
