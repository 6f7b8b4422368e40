import * as client from 'openid-client';
import { createBrowser, type Browser, type Page } from './browser.js';
import { PASSWORD, type Instance } from './start.js';

export const REDIRECT_URI = 'http://localhost:9/callback';

export interface RelyingParty {
  config: client.Configuration;
  /** Starts a sign-in: where the browser is sent, and what the callback is checked against. */
  begin(
    parameters?: Record<string, string>,
  ): Promise<{ url: string; checks: client.AuthorizationCodeGrantChecks }>;
  /** Ends it: redeems the code that came back. */
  finish(
    callback: string,
    checks: client.AuthorizationCodeGrantChecks,
    parameters?: Record<string, string>,
  ): Promise<Tokens>;
}

export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

/** An app as its developers write it: openid-client, discovery, code flow with PKCE, state and nonce. */
export async function relyingParty(
  issuer: string,
  app: { id: string; secret?: string },
  options: {
    redirectUri?: string;
    auth?: client.ClientAuth;
    metadata?: Partial<client.ClientMetadata>;
    send?: client.CustomFetch;
  } = {},
): Promise<RelyingParty> {
  const { redirectUri = REDIRECT_URI } = options;
  const auth = options.auth ?? (app.secret ? client.ClientSecretBasic(app.secret) : client.None());
  const config = await client.discovery(
    new URL(issuer),
    app.id,
    { ...options.metadata, ...(app.secret ? { client_secret: app.secret } : {}) },
    auth,
    {
      execute: [client.allowInsecureRequests],
      ...(options.send && { [client.customFetch]: options.send }),
    },
  );
  return {
    config,
    async begin(parameters = {}) {
      const pkceCodeVerifier = client.randomPKCECodeVerifier();
      const expectedState = client.randomState();
      const expectedNonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        state: expectedState,
        nonce: expectedNonce,
        ...parameters,
      });
      const maxAge = parameters['max_age'] === undefined ? {} : { maxAge: Number(parameters['max_age']) };
      return { url: url.href, checks: { pkceCodeVerifier, expectedState, expectedNonce, ...maxAge } };
    },
    finish: (callback, checks, parameters) =>
      client.authorizationCodeGrant(config, new URL(callback), checks, parameters),
  };
}

/** The error that the browser brings back to the app. */
export function errorOf(callback: { url: string }): string | null {
  return new URL(callback.url).searchParams.get('error');
}

/** Fills in the sign-in page, says yes to the consent page if one comes, and ends up at the app. */
export async function signIn(
  browser: Browser,
  page: Page,
  user: { login: string; password?: string },
  stopAt = REDIRECT_URI,
): Promise<Page> {
  let next = await browser.submit(
    page,
    '/sign-in',
    { login: user.login, password: user.password ?? PASSWORD },
    { stopAt },
  );
  if (next.html.includes('/consent"') && !next.url.startsWith(stopAt)) {
    next = await browser.submit(next, '/consent', {}, { stopAt });
  }
  return next;
}

/** The whole way, for tests that are about what comes after it. */
export async function obtainTokens(
  rp: RelyingParty,
  user: { login: string },
  parameters: Record<string, string> = {},
  options: { browser?: Browser; tokenParameters?: Record<string, string> } = {},
): Promise<Tokens & { browser: Browser; callback: string }> {
  const browser = options.browser ?? createBrowser();
  const { url, checks } = await rp.begin(parameters);
  const page = await browser.open(url, { stopAt: REDIRECT_URI });
  const callback = page.url.startsWith(REDIRECT_URI) ? page : await signIn(browser, page, user);
  const tokens = await rp.finish(callback.url, checks, options.tokenParameters);
  return Object.assign(tokens, { browser, callback: callback.url });
}

export async function webApp(instance: Instance, settings: Record<string, unknown> = {}) {
  const app = await instance.addClient({ kind: 'web', redirectUris: [REDIRECT_URI], ...settings });
  return { app, rp: await relyingParty(instance.issuer, app) };
}
