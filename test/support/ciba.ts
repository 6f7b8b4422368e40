import * as client from 'openid-client';
import type { NewClient } from '../../src/domain/clients.js';
import type { Browser, Page } from './browser.js';
import { basic, postForm } from './flow.js';
import { PASSWORD, type Instance } from './start.js';

export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';

export interface Asked {
  auth_req_id: string;
  expires_in: number;
  interval?: number | undefined;
}

/** A client that asks people elsewhere, as its developers write it: openid-client and OpenID Connect CIBA. */
export async function callCentre(
  instance: Instance,
  { metadata, ...settings }: Partial<NewClient> = {},
  auth?: client.ClientAuth,
) {
  const app = await instance.addClient({
    kind: 'service',
    name: 'Acme Support',
    metadata: {
      grant_types: ['client_credentials', CIBA_GRANT, 'refresh_token'],
      backchannel_token_delivery_mode: 'poll',
      ...metadata,
    },
    ...settings,
  });
  const config = await client.discovery(
    new URL(instance.issuer),
    app.id,
    app.secret,
    auth ?? client.ClientSecretBasic(app.secret),
    { execute: [client.allowInsecureRequests] },
  );
  return {
    app,
    config,
    ask: (parameters: Record<string, string>): Promise<Asked> =>
      client.initiateBackchannelAuthentication(config, { scope: 'openid profile', ...parameters }),
    /** Asks and takes what comes. */
    tryToAsk: (form: Record<string, string> | [string, string][]) =>
      postForm(`${instance.issuer}/backchannel`, form, basic(app)),
    /** Comes for the tokens once, without the wait between two polls. */
    redeem: (asked: Asked, parameters: Record<string, string> = {}) =>
      client.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 0 }, parameters),
    /** Comes for the tokens once and takes what comes. */
    poll: ({ auth_req_id }: Pick<Asked, 'auth_req_id'>, form: Record<string, string> = {}) =>
      postForm(`${instance.issuer}/token`, { grant_type: CIBA_GRANT, auth_req_id, ...form }, basic(app)),
  };
}

/** Signs in to the account in this browser, and looks at what waits for an answer. */
export async function openRequests(
  browser: Browser,
  instance: Instance,
  user: { login: string },
): Promise<Page> {
  const page = await browser.open(`${instance.issuer}/account/requests`);
  if (!page.html.includes('name="password"')) return page;
  return browser.submit(page, '/sign-in', { login: user.login, password: PASSWORD });
}

/** The addresses of the requests on the list. */
export function requestsOn({ html, url }: Page): string[] {
  return [...html.matchAll(/href="([^"]*\/account\/requests\/[^"]+)"/gu)].map(
    ([, path]) => new URL(path!, url).href,
  );
}

/** The page of the only request that waits for this person. */
export async function theRequest(
  browser: Browser,
  instance: Instance,
  user: { login: string },
): Promise<Page> {
  const [address, ...others] = requestsOn(await openRequests(browser, instance, user));
  if (address === undefined || others.length > 0)
    throw new Error('there is not one request, but none or more');
  return browser.open(address);
}

/** Answers the only request that waits for this person. */
export async function answer(
  browser: Browser,
  instance: Instance,
  user: { login: string },
  decision: 'approve' | 'deny' = 'approve',
): Promise<Page> {
  return browser.submit(await theRequest(browser, instance, user), `/${decision}`);
}
