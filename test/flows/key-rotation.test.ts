import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CompactEncrypt,
  createLocalJWKSet,
  decodeProtectedHeader,
  importJWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { KEY_SET_MAX_AGE, LOOK_EVERY_MS, SHORTEST_LEAD, USUAL_LEAD } from '../../src/domain/keys.js';
import type { KeyAlg } from '../../src/domain/new-key.js';
import { listenForLogout } from '../support/back-channel.js';
import { createBrowser } from '../support/browser.js';
import { describeOnEachStore, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { basic, postForm } from '../support/flow.js';
import { freePort } from '../support/free-port.js';
import { startLoadBalancer, type LoadBalancer } from '../support/load-balancer.js';
import { obtainTokens, REDIRECT_URI, relyingParty, signIn } from '../support/relying-party.js';
import { startGatehouse, type Instance } from '../support/start.js';
import { stopTheClockAndIntervals, wallClock } from '../support/wall-clock.js';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const LEAD = USUAL_LEAD / 1000;
const AT_ONCE = SHORTEST_LEAD / 1000;
const LOOK = LOOK_EVERY_MS / 1000;
const RESOURCE = 'https://orders.example.com/';
const AFTER = 'http://localhost:9/signed-out';

describeOnEachStore('Keys that are rotated while two processes serve', (createDatabase) => {
  const clock = stopTheClockAndIntervals();
  let database: TestDatabase;
  let balancer: LoadBalancer;
  let ports: [number, number];
  let processes: Instance[];
  let issuer: string;
  let service: { id: string; secret: string };
  let api: { id: string; secret: string };

  beforeAll(async () => {
    database = await createDatabase();
    balancer = await startLoadBalancer();
    issuer = `http://localhost:${balancer.port}/oidc`;
    ports = [await freePort(), await freePort()];
    const masterKey = randomBytes(32).toString('base64url');
    processes = await Promise.all(
      ports.map((port) =>
        startGatehouse(database, {
          masterKey,
          port,
          clock: wallClock,
          env: { ISSUER: issuer, OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
        }),
      ),
    );
    balancer.sendTo(...ports);
    const [gatehouse] = processes;
    api = await gatehouse!.addClient({
      kind: 'api',
      service: {
        resource: RESOURCE,
        name: 'Orders API',
        scopes: [{ name: 'orders:read', description: 'See your orders' }],
        // As long as a token can live.
        tokenTtl: DAY,
      },
    });
    service = await gatehouse!.addClient({ kind: 'service', resources: [RESOURCE] });
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await balancer.close();
    await database.drop();
  });
  /** The same of each process: whoever looks at one alone could miss the other. */
  async function atBoth<T>(ask: () => Promise<T>): Promise<[T, T]> {
    const answers: T[] = [];
    for (const port of ports) {
      balancer.sendTo(port);
      answers.push(await ask());
    }
    balancer.sendTo(...ports);
    return answers as [T, T];
  }

  const keySet = async () => (await (await fetch(`${issuer}/jwks`)).json()) as { keys: JWK[] };
  const kidsOf = async (alg: string) =>
    (await keySet()).keys.filter((key) => key.alg === alg).map(({ kid }) => kid!);
  const accessToken = async () => {
    const form = { grant_type: 'client_credentials', resource: RESOURCE, scope: 'orders:read' };
    const { body } = await postForm(`${issuer}/token`, form, basic(service));
    return String(body['access_token']);
  };
  const signerOf = (token: string) => decodeProtectedHeader(token).kid!;
  const introspect = async (token: string) =>
    (await postForm(`${issuer}/token/introspection`, { token }, basic(api))).body['active'];
  const verifies = (token: string, keys: { keys: JWK[] }) =>
    jwtVerify(token, createLocalJWKSet(keys), { issuer, audience: RESOURCE }).then(
      () => true,
      () => false,
    );
  const rotate = async (alg: KeyAlg, lead: number) => {
    const [rotated] = await processes[0]!.gatehouse.keys.rotate([alg], lead * 1000);
    return rotated!.key.kid;
  };
  /** Five seconds later each process has looked at the store by itself. */
  const untilBoth = <T>(ask: () => Promise<T>, fits: (answer: T) => boolean) => {
    clock.tick(LOOK);
    return eventually(async () => (await atBoth(ask)).every(fits));
  };
  const untilPublished = (alg: string, kid: string) =>
    untilBoth(
      () => kidsOf(alg),
      (kids) => kids.includes(kid),
    );
  const untilSigning = (kid: string) => untilBoth(accessToken, (token) => signerOf(token) === kid);
  const webApp = async (settings: object = {}) => {
    const redirects = { redirectUris: [REDIRECT_URI], postLogoutRedirectUris: [AFTER] };
    const app = await processes[0]!.addClient({ kind: 'web', firstParty: true, ...redirects, ...settings });
    return relyingParty(issuer, app);
  };

  test('nobody who keeps the key set for as long as they may meets a token that they can not check', async () => {
    const start = Date.now();
    const passUntil = (seconds: number) => clock.pass(seconds - (Date.now() - start) / 1000);
    const [old] = await kidsOf('ES256');
    const before = await keySet();
    const next = await rotate('ES256', LEAD);
    expect(next).not.toBe(old);
    await untilPublished('ES256', next);

    // The copy from before is kept for five minutes.
    passUntil(KEY_SET_MAX_AGE - 1);
    const first = await atBoth(accessToken);
    for (const token of first) expect(await verifies(token, before)).toBe(true);

    // A copy from just before the new key takes over has it.
    passUntil(LEAD - LOOK);
    const between = await keySet();
    for (const token of await atBoth(accessToken)) expect(signerOf(token)).toBe(old);
    await untilSigning(next);
    for (const token of await atBoth(accessToken)) expect(await verifies(token, between)).toBe(true);

    // What the old one has signed is good to its end, for those too who get the key set only then.
    passUntil(DAY + KEY_SET_MAX_AGE - LOOK - 2);
    await untilPublished('EdDSA', await rotate('EdDSA', LEAD));
    for (const token of first) {
      expect(await atBoth(() => introspect(token))).toEqual([true, true]);
      for (const keys of await atBoth(keySet)) expect(await verifies(token, keys)).toBe(true);
    }
    passUntil(DAY + LEAD + 5 * MINUTE);
    await untilBoth(
      () => kidsOf('ES256'),
      (kids) => kids.join() === next,
    );
  });

  test('at once means: each process publishes the new key before one of them signs with it', async () => {
    const [old] = await kidsOf('ES256');
    const next = await rotate('ES256', 0);
    await untilPublished('ES256', next);
    for (const token of await atBoth(accessToken)) expect(signerOf(token)).toBe(old);
    clock.pass(AT_ONCE - LOOK);
    await untilSigning(next);
  });

  test('a key that is removed is gone everywhere, with what it has signed; the one before it signs again', async () => {
    const [old] = await kidsOf('ES256');
    const next = await rotate('ES256', 0);
    await untilPublished('ES256', next);
    clock.pass(AT_ONCE - LOOK);
    await untilSigning(next);
    const token = await accessToken();
    expect(await atBoth(() => introspect(token))).toEqual([true, true]);

    await processes[0]!.gatehouse.keys.remove(next);
    await untilBoth(
      () => kidsOf('ES256'),
      (kids) => !kids.includes(next),
    );
    expect(await atBoth(() => introspect(token))).toEqual([false, false]);
    for (const other of await atBoth(accessToken)) expect(signerOf(other)).toBe(old);
  });

  test('a sign-in that began before goes on after, with an ID token of the new key', async () => {
    const user = await processes[0]!.addUser();
    const rp = await webApp();
    const browser = createBrowser();
    const { url, checks } = await rp.begin();
    const page = await browser.open(url);
    const next = await rotate('RS256', 0);
    await untilPublished('RS256', next);
    clock.pass(AT_ONCE - LOOK);
    await untilBoth(
      () => kidsOf('RS256'),
      (kids) => kids[0] === next,
    );
    const callback = await signIn(browser, page, user);
    const tokens = await rp.finish(callback.url, checks);
    expect(signerOf(tokens.id_token!)).toBe(next);
    expect(tokens.claims()?.sub).toBe(user.id);
  });

  test('an ID token of a key that is published no more is still a hint who signs out', async () => {
    const user = await processes[0]!.addUser();
    const rp = await webApp();
    const { browser, id_token } = await obtainTokens(rp, user);
    const old = signerOf(id_token!);
    const next = await rotate('RS256', 0);
    clock.pass(AT_ONCE + 2 * DAY);
    await untilBoth(
      () => kidsOf('RS256'),
      (kids) => kids.includes(next) && !kids.includes(old),
    );
    const hint = { id_token_hint: id_token!, post_logout_redirect_uri: AFTER };
    const page = await browser.open(`${issuer}/session/end?${new URLSearchParams(hint).toString()}`, {
      stopAt: AFTER,
    });
    expect(page.html).not.toContain('data-error');
    const back = await browser.submit(page, '/session/end/confirm', { logout: 'yes' }, { stopAt: AFTER });
    expect(back.url).toBe(AFTER);
  });

  test('apps are told of a sign-out by the new key', async () => {
    const channel = await listenForLogout();
    try {
      const user = await processes[0]!.addUser();
      const rp = await webApp({ backchannelLogoutUri: channel.url });
      await obtainTokens(rp, user);
      const next = await rotate('RS256', 0);
      await untilPublished('RS256', next);
      clock.pass(AT_ONCE - LOOK);
      await untilBoth(
        () => kidsOf('RS256'),
        (kids) => kids[0] === next,
      );
      await processes[0]!.gatehouse.userSessions.endAll(user.id);
      await channel.waitFor(1);
      expect(signerOf(channel.received[0]!)).toBe(next);
    } finally {
      await channel.close();
    }
  });

  describe('a key that others encrypt with', () => {
    test('makes place in the key set when the next one takes over, and goes on reading', async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
      const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
      const app = await processes[0]!.addClient({
        kind: 'web',
        redirectUris: [REDIRECT_URI],
        metadata: { jwks: jwks as never, request_object_signing_alg: 'ES256' },
      });
      const old = (await keySet()).keys.find((key) => key.alg === 'ECDH-ES+A256KW')!;
      const push = async () => {
        const signed = await new SignJWT({
          client_id: app.id,
          response_type: 'code',
          redirect_uri: REDIRECT_URI,
          scope: 'openid',
          code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          code_challenge_method: 'S256',
        })
          .setProtectedHeader({ alg: 'ES256', kid: 'one' })
          .setIssuer(app.id)
          .setAudience(issuer)
          .setIssuedAt()
          .setExpirationTime('1m')
          .sign(privateKey);
        const request = await new CompactEncrypt(new TextEncoder().encode(signed))
          .setProtectedHeader({ alg: old.alg!, enc: 'A256GCM', kid: old.kid! })
          .encrypt(await importJWK(old));
        return (await postForm(`${issuer}/request`, { request }, basic(app))).body;
      };
      const accepted = { request_uri: expect.stringMatching(/^urn:/u), expires_in: 60 };
      expect(await push()).toEqual(accepted);

      const next = await rotate('ECDH-ES+A256KW', 0);
      clock.pass(AT_ONCE - LOOK);
      await untilBoth(
        () => kidsOf('ECDH-ES+A256KW'),
        (kids) => kids.join() === next,
      );
      expect(await atBoth(push)).toEqual([accepted, accepted]);
      clock.pass(DAY);
      await untilBoth(push, ({ error }) => error === 'invalid_request_object');
    });
  });
});
