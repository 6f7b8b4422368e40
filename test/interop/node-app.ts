import { exportJWK, generateKeyPair, type JWK } from 'jose';
import * as client from 'openid-client';
import type { NewClient } from '../../src/domain/clients.js';
import type { Json } from '../../src/store/store.js';
import { createBrowser } from '../support/browser.js';
import { REDIRECT_URI, signIn } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

export interface Key {
  own: { key: client.CryptoKey; kid: string; alg: string };
  jwk: JWK & { [member: string]: Json };
}

const made = new Map<string, Promise<Key>>();

/** A key of an app, made once: what it keeps, and what Gatehouse is told of it. */
export function appKey(alg: string, use: 'sig' | 'enc' = 'sig'): Promise<Key> {
  const kid = `${use}-${alg}`;
  const key = made.get(kid) ?? makeKey({ kid, alg, use });
  made.set(kid, key);
  return key;
}

async function makeKey(named: { kid: string; alg: string; use: string }): Promise<Key> {
  const pair = await generateKeyPair(named.alg, { extractable: true });
  return {
    own: { key: pair.privateKey, kid: named.kid, alg: named.alg },
    jwk: { ...((await exportJWK(pair.publicKey)) as Key['jwk']), ...named },
  };
}

/** An app that openid-client speaks for, with what both sides know of it. */
export async function nodeApp(
  gatehouse: Instance,
  settings: Partial<NewClient>,
  auth?: client.ClientAuth,
  options: client.DiscoveryRequestOptions['execute'] = [],
): Promise<client.Configuration> {
  const app = await gatehouse.addClient({ kind: 'web', redirectUris: [REDIRECT_URI], ...settings });
  const plain = app.secret === '' ? client.None() : client.ClientSecretBasic(app.secret);
  return client.discovery(new URL(gatehouse.issuer), app.id, { ...settings.metadata }, auth ?? plain, {
    execute: [client.allowInsecureRequests, ...options],
  });
}

type Send = (parameters: Record<string, string>) => URL | Promise<URL>;

/** A person signs in at the app; `send` makes the address that their browser is sent to. */
export async function signInAt(
  config: client.Configuration,
  user: { login: string },
  send: Send = (parameters) => client.buildAuthorizationUrl(config, parameters),
  options: client.DPoPOptions & { parameters?: Record<string, string> } = {},
) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = await send({
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...options.parameters,
  });
  const browser = createBrowser();
  const callback = await signIn(browser, await browser.open(url.href, { stopAt: REDIRECT_URI }), user);
  const redeem = (dpop: client.DPoPOptions = options) =>
    client.authorizationCodeGrant(
      config,
      new URL(callback.url),
      { pkceCodeVerifier, expectedState, expectedNonce },
      undefined,
      dpop,
    );
  return { url, callback: new URL(callback.url), redeem };
}
