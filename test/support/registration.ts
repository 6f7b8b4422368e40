import { createBrowser } from './browser.js';
import { relyingParty } from './relying-party.js';
import { PASSWORD, type Instance } from './start.js';

export const APP_URI = 'https://app.example.com/callback';

export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test knows what it asked for
  body: any;
}

async function send(url: string, method: string, token: string | undefined, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** `metadata` as an app sends it (RFC 7591 3.1), with one redirect URI unless it has others. */
export function register(
  { issuer }: Pick<Instance, 'issuer'>,
  metadata: unknown = {},
  token?: string,
): Promise<Answer> {
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  return send(
    `${issuer}/reg`,
    'POST',
    token,
    isObject ? { redirect_uris: [APP_URI], ...metadata } : metadata,
  );
}

/** What a client manages itself with (RFC 7592). */
export function manage({ registration_client_uri: uri, registration_access_token: own }: Answer['body']) {
  return {
    read: (token: string = own) => send(uri, 'GET', token),
    update: (metadata: object, token: string = own) => send(uri, 'PUT', token, metadata),
    remove: (token: string = own) => send(uri, 'DELETE', token),
  };
}

/** What somebody is asked who signs in to a client for the first time. */
export async function consentPage(instance: Instance, app: { id: string; secret?: string }): Promise<string> {
  const rp = await relyingParty(instance.issuer, app, { redirectUri: APP_URI });
  const { login } = await instance.addUser();
  const browser = createBrowser();
  const page = await browser.open((await rp.begin()).url);
  return (await browser.submit(page, '/sign-in', { login, password: PASSWORD })).html;
}
