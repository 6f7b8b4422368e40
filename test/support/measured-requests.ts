import * as client from 'openid-client';
import { postWithProof, prover } from './dpop.js';
import { basic, postForm } from './flow.js';
import { hop, send, signInByHops, type SignInByHops } from './hops.js';
import type { RelyingParty } from './relying-party.js';
import type { Instance } from './start.js';
import { tv } from './tv.js';

export const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
export const JWT_API = 'https://jwt-api.example.com/';
export const OPAQUE_API = 'https://opaque-api.example.com/';
const scopes = [{ name: 'orders:read', description: 'See your orders' }];

type App = { id: string; secret: string };
type Body = Record<string, unknown>;

export const token = (at: Instance, app: App, form: Record<string, string>) =>
  postForm(`${at.issuer}/token`, form, basic(app));
export const redeem = (at: Instance, { app, tokenForm }: SignInByHops, form: Record<string, string> = {}) =>
  token(at, app, { ...tokenForm, ...form });
export const refresh = (at: Instance, app: App, { refresh_token: value }: Body) =>
  token(at, app, { grant_type: 'refresh_token', refresh_token: String(value) });
export const ask = (at: Instance, app: App, value: unknown, hint?: string) =>
  postForm(
    `${at.issuer}/token/introspection`,
    { token: String(value), ...(hint === undefined ? {} : { token_type_hint: hint }) },
    basic(app),
  );
export const revoke = (at: Instance, app: App, value: unknown, hint: string) =>
  postForm(`${at.issuer}/token/revocation`, { token: String(value), token_type_hint: hint }, basic(app));
export const userinfo = (at: Instance, { access_token: value }: Body) =>
  fetch(`${at.issuer}/me`, { headers: { authorization: `Bearer ${String(value)}` } });

export const push = async (at: Instance, app: App, rp: RelyingParty) =>
  postForm(
    `${at.issuer}/request`,
    Object.fromEntries(new URL((await rp.begin()).url).searchParams),
    basic(app),
  );

export async function tokens(
  at: Instance,
  parameters: Record<string, string> = {},
): Promise<{ app: App; body: Body }> {
  const signedIn = await signInByHops(at, {}, parameters);
  return { app: signedIn.app, body: (await redeem(at, signedIn)).body };
}

/** The APIs that tokens are for, as clients that introspect them; both are made once for each store. */
const apis = new WeakMap<Instance, Promise<{ jwt: App; opaque: App }>>();
export function servicesOf(at: Instance): Promise<{ jwt: App; opaque: App }> {
  const api = (resource: string, tokenFormat: 'jwt' | 'opaque') =>
    at.addClient({ kind: 'api', name: 'API', service: { resource, scopes, tokenFormat } });
  const made =
    apis.get(at) ??
    Promise.all([api(JWT_API, 'jwt'), api(OPAQUE_API, 'opaque')]).then(([jwt, opaque]) => ({ jwt, opaque }));
  apis.set(at, made);
  return made;
}

export async function program(at: Instance, settings: Record<string, unknown> = {}): Promise<App> {
  await servicesOf(at);
  return at.addClient({ kind: 'service', resources: [JWT_API, OPAQUE_API], ...settings });
}
export const clientCredentials = (resource?: string) => ({
  grant_type: 'client_credentials',
  ...(resource === undefined ? {} : { resource }),
});

/** A device that somebody who is signed in lets in, request by request. */
export async function deviceByHops(at: Instance) {
  const device = await tv(at);
  const { browser } = await signInByHops(at);
  const started = await postForm(`${at.issuer}/device/auth`, { client_id: device.app.id, scope: 'openid' });
  const code = { device_code: String(started.body['device_code']) };
  const codePage = await hop(browser, `${at.issuer}/device`);
  const entered = await send(browser, codePage, '/device', { user_code: String(started.body['user_code']) });
  const confirmed = await send(browser, entered, '/device', { confirm: 'yes' });
  const consent = await send(browser, await hop(browser, confirmed.url), '/consent');
  const resume = await hop(browser, consent.url);
  return { started, codePage, entered, confirmed, resume, poll: () => device.poll(code) };
}

/** A sign-out of somebody who is signed in at one app, request by request. */
export async function signOutByHops(at: Instance) {
  const signedIn = await signInByHops(at);
  const { body } = await redeem(at, signedIn);
  const { href } = client.buildEndSessionUrl(signedIn.rp.config, { id_token_hint: String(body['id_token']) });
  const asked = await hop(signedIn.browser, href);
  const confirmed = await send(signedIn.browser, asked, '/session/end/confirm', { logout: 'yes' });
  return { asked, confirmed, done: await hop(signedIn.browser, confirmed.url) };
}

/** An app without a secret, whose tokens are bound to a key: its refresh tokens stay the same. */
export async function boundTokens(at: Instance) {
  const { tokenForm, app } = await signInByHops(at, { kind: 'spa' }, OFFLINE);
  const by = await prover();
  const form = { ...tokenForm, client_id: app.id };
  const { body } = await postWithProof(by, `${at.issuer}/token`, form);
  return { app, body, by };
}
