import { expect, test } from '@jest/globals';
import { createBrowser, formFields } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { rawRequest, type RawAnswer } from '../support/raw-request.js';
import { asBrowser, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI, obtainTokens, webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

type Headers = Record<string, string | string[] | undefined>;

function expectSecurityHeaders(headers: Headers): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  });
  expect(headers).not.toHaveProperty(['server']);
  expect(headers).not.toHaveProperty(['x-powered-by']);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
  expect(policy).toMatch(/script-src 'self' 'nonce-[\w-]{22}'/u);
  // Browsers apply form-action to the redirect after a form, too: it would break the way back to the app.
  expect(policy).not.toMatch(/form-action|unsafe-|\*|http:/u);
}

/** Every inline script and style carries the nonce of the policy, and nothing is run from an attribute. */
function expectNonces(html: string, headers: Headers): void {
  const nonce = /'nonce-([\w-]+)'/u.exec(String(headers['content-security-policy']))?.[1];
  for (const [tag] of html.matchAll(/<(?:script|style)\b[^>]*>/gu)) {
    if (!tag.includes(' src=')) expect(tag).toContain(`nonce="${nonce}"`);
  }
  expect(html).not.toMatch(/<[^>]+\s(?:on[a-z]+|style)=/u);
}

flow('Every answer carries the security headers', (gatehouse) => {
  const get = (target: string, headers: Record<string, string> = asBrowser) =>
    rawRequest(gatehouse(), { target, headers });

  /** Each kind of page, as a person comes to it. */
  const pages: Record<string, () => Promise<{ html: string; headers: Headers }>> = {
    'the sign-in page': async () => (await atSignIn()).page,
    'the sign-in page after a wrong password': async () => {
      const { browser, page } = await atSignIn();
      return plain(await browser.submit(page, '/sign-in', { login: 'nobody@example.com', password: 'x' }));
    },
    'the consent page': async () => {
      const user = await gatehouse().addUser();
      const { browser, page } = await atSignIn();
      return plain(await browser.submit(page, '/sign-in', { login: user.login, password: PASSWORD }));
    },
    'the sign-out page': async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const { browser } = await obtainTokens(rp, user);
      return plain(await browser.open(`${gatehouse().issuer}/session/end`));
    },
    'the page in between when nobody is signed in': async () =>
      plain(await createBrowser().open(`${gatehouse().issuer}/session/end`)),
    'the signed-out page': async () => raw(await get('/oidc/session/end/success')),
    'the page for the first administrator': async () => {
      const token = await gatehouse().gatehouse.firstAdministrator.issueLink();
      return raw(await get(`/oidc/first-administrator/${token}`));
    },
    'an error page of ours': async () => raw(await get('/oidc/interaction/x')),
    'an error of the library': async () => raw(await get('/oidc/auth?client_id=unknown')),
    'a page that is not there': async () => raw(await get('/nothing')),
    'a page of another host': async () => raw(await get('/', { ...asBrowser, host: 'evil.example' })),
    'an answer that posts itself to the app': async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse(), { firstParty: true });
      const { browser } = await obtainTokens(rp, user);
      return plain(await browser.open((await rp.begin({ response_mode: 'form_post' })).url));
    },
  };

  const raw = ({ text, headers }: RawAnswer) => ({ html: text, headers });
  const plain = (page: { html: string; headers: globalThis.Headers }) => ({
    html: page.html,
    headers: Object.fromEntries(page.headers) as Headers,
  });
  async function atSignIn() {
    const { rp } = await webApp(gatehouse());
    const browser = createBrowser();
    const opened = await browser.open((await rp.begin()).url);
    return { browser, page: { ...opened, headers: Object.fromEntries(opened.headers) as never } };
  }

  test.each(Object.keys(pages))('%s, which is not kept by anybody', async (name) => {
    const { html, headers } = await pages[name]!();
    expect(html).toMatch(/<!doctype html>/iu);
    expectSecurityHeaders(headers);
    expect(headers['cache-control']).toBe('no-store');
    if (name !== 'an answer that posts itself to the app') expectNonces(html, headers);
    else expect(headers['content-security-policy']).toMatch(/script-src [^;]*'sha256-/u);
  });

  test.each<[what: string, ask: () => Promise<RawAnswer>]>([
    [
      'a redirect',
      async () =>
        get(
          `/oidc/auth?client_id=${(await webApp(gatehouse())).app.id}&response_type=x&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`,
        ),
    ],
    ['an error of the token endpoint', () => rawRequest(gatehouse(), formPost('/oidc/token', ''))],
    ['a refused token', () => get('/oidc/me', { authorization: 'Bearer x' })],
    ['JSON for what is not there', () => get('/nothing', {})],
  ])('%s, which is not kept either', async (_what, ask) => {
    const { headers } = await ask();
    expectSecurityHeaders(headers);
    expect(headers['cache-control']).toBe('no-store');
  });

  test('tokens, which are not kept (RFC 6749 5.1)', async () => {
    const service = await gatehouse().addClient({ kind: 'service' });
    const credentials = Buffer.from(`${service.id}:${service.secret}`).toString('base64');
    const { status, headers } = await rawRequest(
      gatehouse(),
      formPost('/oidc/token', 'grant_type=client_credentials', { authorization: `Basic ${credentials}` }),
    );
    expect(status).toBe(200);
    expectSecurityHeaders(headers);
    expect(headers['cache-control']).toBe('no-store');
  });

  test('style sheets and scripts, which may be kept: their names change with their content', async () => {
    const { page } = await atSignIn();
    const assets = [...page.html.matchAll(/(?:href|src)="(\/oidc\/assets\/[^"]+)"/gu)].map(
      ([, path]) => path!,
    );
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) {
      const { status, headers } = await get(path);
      expect(status).toBe(200);
      expectSecurityHeaders(headers);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  test('no two answers share a nonce', async () => {
    const nonces = await Promise.all(
      Array.from({ length: 20 }, async () =>
        /'nonce-([\w-]+)'/u.exec(String((await get('/nothing')).headers['content-security-policy'])),
      ),
    );
    expect(new Set(nonces.map((match) => match?.[1])).size).toBe(20);
  });
});

/** What a Set-Cookie header says, apart. */
const cookiesOf = ({ headers }: RawAnswer) =>
  [headers['set-cookie'] ?? []].flat().map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    return { name: pair.slice(0, pair.indexOf('=')), attributes: attributes.map((one) => one.toLowerCase()) };
  });

async function startSignIn(gatehouse: Instance, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const { id } = await gatehouse.addClient({ kind: 'web', redirectUris: [REDIRECT_URI], requirePkce: false });
  const query = new URLSearchParams({
    client_id: id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: REDIRECT_URI,
  });
  return rawRequest(gatehouse, { target: `/oidc/auth?${query}`, headers: { ...asBrowser, ...headers } });
}

flow('Cookies of an issuer on plain http, which is for development', (gatehouse) => {
  test('are out of reach for scripts and for forms of other sites', async () => {
    const cookies = cookiesOf(await startSignIn(gatehouse()));
    expect(cookies.map(({ name }) => name)).toContain('gatehouse-interaction');
    for (const { attributes } of cookies) {
      expect(attributes).toEqual(expect.arrayContaining(['httponly', 'samesite=lax']));
      expect(attributes).not.toContain('secure');
      expect(attributes.filter((one) => one.startsWith('domain='))).toEqual([]);
    }
  });
});

/** TLS ends at a proxy in front of us; what arrives here is http under the name of the issuer. */
flow(
  'An issuer on https',
  (gatehouse) => {
    const host = { host: 'id.example.com' };

    test('its cookies are Secure and bound to this host by their names, up to the end of the sign-in', async () => {
      const user = await gatehouse().addUser();
      const started = await startSignIn(gatehouse(), host);
      const jar = new Map<string, string>();
      const seen: ReturnType<typeof cookiesOf> = [];
      const keep = (answer: RawAnswer) => {
        seen.push(...cookiesOf(answer));
        for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
          const [pair = ''] = line.split(';');
          jar.set(pair.slice(0, pair.indexOf('=')), pair);
        }
        return answer;
      };
      const headers = () => ({ ...asBrowser, ...host, cookie: [...jar.values()].join('; ') });
      const page = await rawRequest(gatehouse(), {
        target: String(keep(started).headers['location']),
        headers: headers(),
      });
      const { action, fields } = formFields(page.text, '/sign-in');
      const body = String(new URLSearchParams({ ...fields, login: user.login, password: PASSWORD }));
      const posted = keep(await rawRequest(gatehouse(), formPost(action, body, headers())));
      const wayBack = new URL(String(posted.headers['location']));
      expect(wayBack.origin).toBe('https://id.example.com');
      keep(await rawRequest(gatehouse(), { target: wayBack.pathname, headers: headers() }));

      const names = new Set(seen.map(({ name }) => name.replace(/\.sig$/u, '')));
      expect(names).toEqual(
        new Set([
          '__Host-gatehouse',
          '__Host-gatehouse-device',
          '__Secure-gatehouse-interaction',
          '__Secure-gatehouse-resume',
        ]),
      );
      for (const { name, attributes } of seen) {
        expect(attributes).toEqual(expect.arrayContaining(['secure', 'httponly', 'samesite=lax']));
        if (name.startsWith('__Host-')) expect(attributes).toContain('path=/');
      }
      expect(jar.get('__Host-gatehouse')).toMatch(/=.{20,}/u);
      const device = seen.find(({ name }) => name === '__Host-gatehouse-device')?.attributes ?? [];
      const expires = device.find((attribute) => attribute.startsWith('expires='))?.slice('expires='.length);
      const days = (Date.parse(String(expires)) - Date.now()) / (24 * 60 * 60 * 1000);
      expect(days).toBeGreaterThan(179);
      expect(days).toBeLessThanOrEqual(180);
    });

    test('browsers are told to come by TLS only', async () => {
      const { headers } = await rawRequest(gatehouse(), { target: '/oidc/jwks', headers: host });
      expect(headers['strict-transport-security']).toMatch(/max-age=63072000/u);
      expectSecurityHeaders(headers);
    });

    test.each(['127.0.0.1', 'localhost', 'id.example.com.evil.example', 'id.example.com:3000'])(
      'a request for %s is refused',
      async (name) => {
        const answer = await rawRequest(gatehouse(), { target: '/oidc/jwks', headers: { host: name } });
        expectRefusal(gatehouse(), answer, { status: 421, form: 'json', error: 'invalid_request' });
      },
    );
  },
  { env: { ISSUER: 'https://id.example.com/oidc' } },
);

flow('Forwarded headers of nobody that is trusted', (gatehouse) => {
  test('change neither cookies nor addresses', async () => {
    const forged = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9;host=evil.example;proto=https',
    };
    const answer = await startSignIn(gatehouse(), forged);
    expect(answer.headers['location']).toMatch(/^\/oidc\/interaction\//u);
    expect(answer.headers).not.toHaveProperty(['strict-transport-security']);
    for (const { name, attributes } of cookiesOf(answer)) {
      expect(name).toMatch(/^gatehouse/u);
      expect(attributes).not.toContain('secure');
    }
    expect(JSON.stringify(answer)).not.toContain('evil.example');
  });
});
