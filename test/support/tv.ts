import * as client from 'openid-client';
import type { NewClient } from '../../src/domain/clients.js';
import type { Browser, Page } from './browser.js';
import { postForm } from './flow.js';
import { signIn } from './relying-party.js';
import type { Instance } from './start.js';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export type Started = client.DeviceAuthorizationResponse;

/** A device without a browser, as its developers write it: openid-client and RFC 8628. */
export async function tv(instance: Instance, settings: Partial<NewClient> = {}) {
  const app = await instance.addClient({ kind: 'device', name: 'Acme TV', ...settings });
  const auth = app.secret === '' ? client.None() : client.ClientSecretBasic(app.secret);
  const config = await client.discovery(new URL(instance.issuer), app.id, app.secret, auth, {
    execute: [client.allowInsecureRequests],
  });
  return {
    app,
    config,
    start: (parameters: Record<string, string> = {}) =>
      client.initiateDeviceAuthorization(config, { scope: 'openid profile', ...parameters }),
    /** Asks once, without the wait between two polls. */
    redeem: (started: Started) => client.pollDeviceAuthorizationGrant(config, { ...started, interval: 0 }),
    /** Asks once and takes what comes. */
    poll: (started: Pick<Started, 'device_code'>, form: Record<string, string> = {}) =>
      postForm(`${instance.issuer}/token`, {
        grant_type: DEVICE_GRANT,
        client_id: app.id,
        device_code: started.device_code,
        ...form,
      }),
  };
}

/** Types a code in, where the person was told to. */
export async function enterCode(
  browser: Browser,
  { verification_uri }: Started,
  code: string,
): Promise<Page> {
  return browser.submit(await browser.open(verification_uri), '/device', { user_code: code });
}

/** Confirms that it is theirs, signs in and says yes, as far as they are asked. */
export async function letIn(
  browser: Browser,
  started: Started,
  user: { login: string; password?: string },
): Promise<Page> {
  const confirm = await enterCode(browser, started, started.user_code);
  const page = await browser.submit(confirm, '/device', { confirm: 'yes' });
  if (page.html.includes('/sign-in"')) return signIn(browser, page, user);
  return page.html.includes('/consent"') ? browser.submit(page, '/consent') : page;
}
