import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { flow } from '../support/flow.js';
import { APP_URI } from '../support/registration.js';
import { REDIRECT_URI } from '../support/relying-party.js';
import type { Instance, StartOptions } from '../support/start.js';
import { person, refuse, SIGNED_OUT_URI } from './person.js';
import { program, type Program } from './program.js';

export const RESOURCE = 'https://api.example.com/orders';

/** Apps may register themselves, and are told of sign-outs though they are on this computer. */
const OPTIONS: StartOptions = { env: { REGISTRATION: 'open', OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' } };

export interface Library {
  gatehouse: Instance;
  run: Program;
}

/** A suite of flows by a library of another language; skipped where `npm run interop:install` has not put it. */
export function libraryFlows(
  name: string,
  [command, ...args]: [command: string, ...args: string[]],
  suite: (library: () => Library) => void,
): void {
  if (!existsSync(command)) {
    describe.skip(`${name} [npm run interop:install]`, () => suite(notThere));
    return;
  }
  const run = program(command, args);
  flow(name, (gatehouse) => suite(() => ({ gatehouse: gatehouse(), run })), OPTIONS);
}

const notThere = (): Library => {
  throw new Error('npm run interop:install');
};

/** What a program is told of the app that it is. */
export function settingsOf({ issuer }: Instance, app?: { id: string; secret: string }, more: object = {}) {
  return {
    issuer,
    client_id: app?.id,
    client_secret: app?.secret || undefined,
    scope: 'openid profile email',
    redirect_uri: REDIRECT_URI,
    post_logout_redirect_uri: SIGNED_OUT_URI,
    ...more,
  };
}

export const webApp = (gatehouse: Instance, settings: object = {}) =>
  gatehouse.addClient({
    kind: 'web',
    redirectUris: [REDIRECT_URI],
    postLogoutRedirectUris: [SIGNED_OUT_URI],
    ...settings,
  });

/** A program that acts for itself, and the service that its tokens are for. */
export async function machine(gatehouse: Instance, settings: object = {}) {
  const { services } = gatehouse.gatehouse;
  if (!(await services.find(RESOURCE))) await services.add(RESOURCE, { name: 'Orders' });
  return gatehouse.addClient({ kind: 'service', resources: [RESOURCE], ...settings });
}

/** What every library of sign-in can do. */
export function commonFlows(library: () => Library): void {
  test('a person signs in by the code flow with PKCE, and is known by a checked ID token and userinfo', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const app = await webApp(gatehouse);
    const { claims, userinfo, scope } = await run('code-flow', settingsOf(gatehouse, app), person(user));
    expect(claims).toMatchObject({ iss: gatehouse.issuer, sub: user.id, aud: app.id });
    expect(userinfo).toMatchObject({ sub: user.id, email: user.login, given_name: 'Ada' });
    expect(scope).toBe('openid profile email');
  });

  test('a person refuses, and the app is told so', async () => {
    const { gatehouse, run } = library();
    const app = await webApp(gatehouse);
    expect(await run('code-flow', settingsOf(gatehouse, app), refuse)).toEqual({ error: 'access_denied' });
  });

  test('a refresh token rotates, and its reuse ends the family', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const app = await webApp(gatehouse);
    const offline = { scope: 'openid offline_access', authorization: { prompt: 'consent' } };
    expect(await run('refresh', settingsOf(gatehouse, app, offline), person(user))).toEqual({
      subject: user.id,
      rotated: true,
      reuse: 'invalid_grant',
      after_reuse: 'invalid_grant',
    });
  });

  test('an app introspects its token, revokes it, and sees it end', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const app = await webApp(gatehouse);
    const seen = await run('introspect-and-revoke', settingsOf(gatehouse, app), person(user));
    expect(seen).toEqual({
      before: expect.objectContaining({
        active: true,
        sub: user.id,
        client_id: app.id,
        iss: gatehouse.issuer,
      }),
      revocation: 200,
      after: { active: false },
    });
  });

  test('a device without a browser is let in', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const tv = await gatehouse.addClient({ kind: 'device' });
    expect(await run('device', settingsOf(gatehouse, tv), person(user))).toEqual({ subject: user.id });
  });

  test('a program gets a token for itself', async () => {
    const { gatehouse, run } = library();
    const app = await machine(gatehouse);
    const settings = settingsOf(gatehouse, app, { scope: undefined, resource: RESOURCE });
    expect(await run('client-credentials', settings)).toMatchObject({
      token_type: 'Bearer',
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/u),
    });
  });

  test('a person signs out at the app, and comes back to it', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const app = await webApp(gatehouse);
    expect(await run('sign-out', settingsOf(gatehouse, app), person(user))).toEqual({
      post_logout_redirect_uri: SIGNED_OUT_URI,
    });
  });

  test('an app registers itself, signs a person in, and removes itself (RFC 7591, RFC 7592)', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const settings = settingsOf(gatehouse, undefined, { redirect_uri: APP_URI });
    const visit = person(user, APP_URI);
    const { registered, claims, removed } = await run('register', settings, visit);
    expect([registered, removed]).toEqual([201, 204]);
    expect(claims).toMatchObject({ sub: user.id, aud: expect.stringMatching(/^dyn-/u) });
  });
}
