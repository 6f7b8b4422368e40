import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createKnownDevices } from '../../src/domain/known-devices.js';
import { createVault } from '../../src/domain/vault.js';
import type { UserRecord } from '../../src/store/users.js';
import { goodPassword, openDomain, sharedPasswords, type Domain } from './open-domain.js';

let domain: Domain;
let ada: UserRecord;
let bob: UserRecord;
beforeEach(async () => {
  domain = await openDomain();
  ada = await domain.users.add({ username: 'ada', email: 'ada@example.org', password: goodPassword });
  bob = await domain.users.add({ username: 'bob', password: goodPassword });
});
afterEach(() => domain.close());
afterAll(() => sharedPasswords.close());

const day = 24 * 60 * 60;
const devices = () => domain.signInParts.devices;
const deviceOf = (kept: string) => kept.split('~')[0];
const attempt = (login: string, password: string, device?: string) =>
  domain.signIn({ login, password, address: '192.0.2.1', device });
const signedInDevice = async (login: string, kept?: string): Promise<string> => {
  const outcome = await attempt(login, goodPassword, kept);
  if (outcome.kind !== 'signed-in') throw new Error(`${login}: ${outcome.kind}`);
  return outcome.device;
};
const fail = async (times: number, login: string, device?: string) => {
  for (let count = 0; count < times; count++) {
    expect(await attempt(login, 'wrong', device)).toEqual({ kind: 'refused' });
  }
};

describe('a device', () => {
  test('is known to whoever signed in from it, and to nobody else', async () => {
    const kept = await signedInDevice('ada');
    expect(devices().recognise(ada, kept)).toBe(deviceOf(kept));
    expect(devices().recognise(bob, kept)).toBeUndefined();
    expect(devices().recognise(undefined, kept)).toBeUndefined();
  });

  test('does not say who is known to it, and is another one in another browser', async () => {
    const kept = await signedInDevice('ada');
    for (const word of [ada.id, 'ada', Buffer.from(ada.id).toString('base64url')])
      expect(kept).not.toContain(word);
    expect(deviceOf(await signedInDevice('ada'))).not.toBe(deviceOf(kept));
  });

  test('is shared by the last five people, each once', async () => {
    let kept = await signedInDevice('ada');
    for (let index = 0; index < 10; index++) kept = await signedInDevice('bob', kept);
    expect(kept.split('~')).toHaveLength(1 + 2);
    for (let index = 0; index < 4; index++) {
      expect(devices().recognise(ada, kept)).toBeDefined();
      await domain.users.add({ username: `guest${index}`, password: goodPassword });
      kept = await signedInDevice(`guest${index}`, kept);
    }
    expect(devices().recognise(ada, kept)).toBeUndefined();
    expect(devices().recognise(bob, kept)).toBe(deviceOf(kept));
    expect(kept.split('~')).toHaveLength(1 + 5);
  });

  test('is forgotten 180 days after the last sign-in', async () => {
    const first = await signedInDevice('ada');
    domain.passSeconds(180 * day - 1);
    const second = await signedInDevice('ada', first);
    domain.passSeconds(1);
    expect(devices().recognise(ada, first)).toBeUndefined();
    expect(devices().recognise(ada, second)).toBe(deviceOf(first));
  });

  test('is forgotten with a new password, as every other one of that user', async () => {
    const kept = await signedInDevice('bob', await signedInDevice('ada'));
    domain.passSeconds(1);
    await domain.users.setPassword(ada.id, 'another good password');
    ada = (await domain.users.find(ada.id))!;
    expect(devices().recognise(ada, kept)).toBeUndefined();
    expect(devices().recognise(bob, kept)).toBe(deviceOf(kept));
  });

  test.each([
    [
      'moved to another device',
      (kept: string) => kept.replace(/^./u, (first) => (first === 'A' ? 'B' : 'A')),
    ],
    ['given another time', (kept: string) => kept.replace(/~[^.]+/u, '~zzzzzz')],
    ['changed', (kept: string) => kept.replace(/\..(?=[^.]+$)/u, (two) => (two === '.A' ? '.B' : '.A'))],
    ['cut off', (kept: string) => kept.slice(0, -1)],
    ['longer', (kept: string) => `${kept}A`],
    ['one of seven', (kept: string) => kept + kept.slice(22).repeat(6)],
    ['left out', (kept: string) => kept.slice(0, 22)],
    ['a text', () => 'known'],
    ['nothing', () => ''],
  ])('is not known by a proof that was %s', async (_, change) => {
    const kept = change(await signedInDevice('ada'));
    expect(devices().recognise(ada, kept)).toBeUndefined();
    expect(devices().recognise(ada, await signedInDevice('ada', kept))).toBeDefined();
  });

  test('is not known by a proof of another installation', async () => {
    const { clock } = domain;
    const elsewhere = createKnownDevices({ vault: createVault(randomBytes(32)), clock });
    expect(devices().recognise(ada, elsewhere.remember(ada, undefined))).toBeUndefined();
  });
});

describe('failed sign-ins', () => {
  test('of strangers do not keep the owner out of a known device', async () => {
    const kept = await signedInDevice('ada');
    await fail(10, 'ada');
    await fail(10, 'ada@example.org');
    for (const login of ['ada', 'ada@example.org']) {
      expect((await attempt(login, goodPassword)).kind).toBe('throttled');
      expect((await attempt(login, goodPassword, kept)).kind).toBe('signed-in');
    }
  });

  test('on a known device are limited as well, under both names together', async () => {
    const kept = await signedInDevice('ada');
    await fail(10, 'ada', kept);
    expect(await attempt('ada', goodPassword, kept)).toEqual({ kind: 'throttled', retryAfterSeconds: 900 });
    expect(await attempt('ada@example.org', goodPassword, kept)).toEqual({ kind: 'refused' });
  });

  test('on a known device count for no other device, and not for strangers', async () => {
    const [desk, phone] = [await signedInDevice('ada'), await signedInDevice('ada')];
    await fail(10, 'ada', desk);
    expect((await attempt('ada', goodPassword, phone)).kind).toBe('signed-in');
    expect((await attempt('ada', goodPassword)).kind).toBe('signed-in');
  });

  test('with the device of somebody else count as those of strangers', async () => {
    const kept = await signedInDevice('bob');
    await fail(5, 'ada', kept);
    await fail(5, 'ada');
    expect((await attempt('ada', goodPassword, kept)).kind).toBe('throttled');
    expect((await attempt('bob', goodPassword, kept)).kind).toBe('signed-in');
  });

  test('count for the address on a known device, too', async () => {
    await domain.close();
    domain = await openDomain({ perAddress: 5 });
    await domain.users.add({ username: 'ada', password: goodPassword });
    const kept = await signedInDevice('ada');
    await fail(5, 'ada', kept);
    await domain.users.add({ username: 'bob', password: goodPassword });
    expect((await attempt('bob', goodPassword)).kind).toBe('throttled');
    expect((await attempt('ada', goodPassword, kept)).kind).toBe('throttled');
  });
});
