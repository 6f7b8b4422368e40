import { expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { flow, postForm } from '../support/flow.js';
import {
  errorOf,
  REDIRECT_URI,
  obtainTokens,
  relyingParty,
  signIn,
  webApp,
} from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

/** A public app on a device, by the redirect URI that it registered and the one that it uses. */
async function nativeApp(gatehouse: Instance, registered: string, used = registered) {
  const { id } = await gatehouse.addClient({ kind: 'native', redirectUris: [registered] });
  return relyingParty(gatehouse.issuer, { id }, { redirectUri: used });
}

flow('A native app has a scheme of its own (RFC 8252 7.1)', (gatehouse) => {
  test('people see the scheme, and not what stands behind it like a host', async () => {
    const rp = await nativeApp(gatehouse(), 'com.evil.app://bank.example/callback');
    const { login } = await gatehouse().addUser();
    const browser = createBrowser();
    const page = await browser.open((await rp.begin()).url);
    const consent = await browser.submit(page, '/sign-in', { login, password: PASSWORD });
    for (const { html } of [page, consent]) expect(html).not.toContain('bank.example');
    expect(consent.html).toContain('continue to <strong><bdi>com.evil.app:</bdi></strong>');
  });
});

flow('A native app listens on loopback (RFC 8252 7.3)', (gatehouse) => {
  test.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb'],
    ['http://127.0.0.1:8000/cb', 'http://127.0.0.1:61023/cb'],
    ['http://[::1]/cb', 'http://[::1]:51004/cb'],
    ['http://localhost/cb', 'http://localhost:51004/cb'],
  ])('registered as %s it is signed in at %s', async (registered, used) => {
    const user = await gatehouse().addUser();
    const rp = await nativeApp(gatehouse(), registered, used);
    const { url, checks } = await rp.begin();
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(url), user, used);
    expect(callback.url.startsWith(`${used}?`)).toBe(true);
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
  });

  test.each([
    ['another path', 'http://127.0.0.1:51004/other'],
    ['another host', 'http://127.0.0.2:51004/cb'],
    ['a name in place of the address', 'http://localhost:51004/cb'],
    ['https', 'https://127.0.0.1:51004/cb'],
    ['a host that begins alike', 'http://127.0.0.1.evil.example:51004/cb'],
    ['a user name', 'http://127.0.0.1:51004@evil.example/cb'],
    ['a query of its own', 'http://127.0.0.1:51004/cb?next=1'],
  ])('%s is an error page', async (_what, used) => {
    const rp = await nativeApp(gatehouse(), 'http://127.0.0.1/cb', used);
    const page = await createBrowser().open((await rp.begin()).url, { stopAt: used });
    expect(page.status).toBe(400);
    expect(page.html).toMatch(/<main[^>]* data-error/u);
    expect(page.html).toContain('invalid_redirect_uri');
  });

  test.each(['web', 'spa'] as const)('the port is fixed for the kind %s', async (kind) => {
    const app = await gatehouse().addClient({ kind, redirectUris: ['http://127.0.0.1:8000/cb'] });
    const rp = await relyingParty(gatehouse().issuer, app, { redirectUri: 'http://127.0.0.1:8001/cb' });
    const page = await createBrowser().open((await rp.begin()).url);
    expect(page.status).toBe(400);
    expect(page.html).toContain('invalid_redirect_uri');
  });

  test('a code is bound to the port that it was asked for', async () => {
    const user = await gatehouse().addUser();
    const rp = await nativeApp(gatehouse(), 'http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb');
    const { url, checks } = await rp.begin();
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(url), user, 'http://127.0.0.1:51004/cb');
    await expect(rp.finish(callback.url.replace(':51004', ':51005'), checks)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

flow('A native app with a scheme of its own (RFC 8252 7.1)', (gatehouse) => {
  const SCHEME = 'com.example.app:/callback';

  test('is signed in, with PKCE in place of a secret', async () => {
    const user = await gatehouse().addUser();
    const rp = await nativeApp(gatehouse(), SCHEME);
    const { url, checks } = await rp.begin();
    const browser = createBrowser();
    const callback = await signIn(browser, await browser.open(url), user, SCHEME);
    expect(callback.url.startsWith(`${SCHEME}?code=`)).toBe(true);
    await expect(
      rp.finish(callback.url, { ...checks, pkceCodeVerifier: 'a'.repeat(43) }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await rp.finish(callback.url, checks)).claims()?.sub).toBe(user.id);
  });

  test('another scheme or path, even by a slash, is an error page', async () => {
    for (const used of [
      'com.example.other:/callback',
      'com.example.app:/other',
      'com.example.app:/callback/',
    ]) {
      const rp = await nativeApp(gatehouse(), SCHEME, used);
      const page = await createBrowser().open((await rp.begin()).url, { stopAt: used });
      expect(page).toMatchObject({ status: 400, html: expect.stringContaining('invalid_redirect_uri') });
    }
  });
});

flow('Whoever calls on a device may claim to be a public native app (RFC 8252 8.6)', (gatehouse) => {
  test.each(['com.example.app:/callback', 'http://127.0.0.1:51004/cb'])(
    'at %s the person is asked each time, and never answered for silently',
    async (redirectUri) => {
      const user = await gatehouse().addUser();
      const rp = await nativeApp(gatehouse(), redirectUri);
      const browser = createBrowser();
      const first = await rp.begin();
      await signIn(browser, await browser.open(first.url), user, redirectUri);

      const second = await rp.begin();
      const asked = await browser.open(second.url, { stopAt: redirectUri });
      expect(asked.html).toContain('/consent"');
      const callback = await browser.submit(asked, '/consent', {}, { stopAt: redirectUri });
      expect((await rp.finish(callback.url, second.checks)).claims()?.sub).toBe(user.id);

      const silent = await rp.begin({ prompt: 'none' });
      const refused = await browser.open(silent.url, { stopAt: redirectUri });
      expect(['interaction_required', 'consent_required']).toContain(errorOf(refused));
    },
  );

  test('an https address that only the app can own, and an app with a secret, are remembered', async () => {
    const user = await gatehouse().addUser();
    const claimed = 'https://app.example.com/callback';
    const links = await gatehouse().addClient({ kind: 'native', redirectUris: [claimed] });
    const withSecret = await gatehouse().addClient({
      kind: 'native',
      confidential: true,
      redirectUris: ['http://127.0.0.1/cb'],
    });
    for (const [app, redirectUri] of [
      [{ id: links.id }, claimed],
      [withSecret, 'http://127.0.0.1:51004/cb'],
    ] as const) {
      const rp = await relyingParty(gatehouse().issuer, app, { redirectUri });
      const browser = createBrowser();
      await signIn(browser, await browser.open((await rp.begin()).url), user, redirectUri);
      const second = await rp.begin();
      const callback = await browser.open(second.url, { stopAt: redirectUri });
      expect((await rp.finish(callback.url, second.checks)).claims()?.sub).toBe(user.id);
    }
  });
});

flow('A single-page app calls from its own origin (Fetch: CORS)', (gatehouse) => {
  const ORIGIN = 'http://localhost:9';
  const EVIL = 'https://evil.example';

  async function singlePageApp() {
    const user = await gatehouse().addUser();
    const spa = await gatehouse().addClient({ kind: 'spa', redirectUris: [REDIRECT_URI] });
    const rp = await relyingParty(gatehouse().issuer, { id: spa.id });
    const code = async () => {
      const { url, checks } = await rp.begin();
      const browser = createBrowser();
      const callback = await signIn(browser, await browser.open(url), user);
      return {
        grant_type: 'authorization_code',
        client_id: spa.id,
        code: new URL(callback.url).searchParams.get('code')!,
        redirect_uri: REDIRECT_URI,
        code_verifier: String(checks.pkceCodeVerifier),
      };
    };
    return { user, spa, code };
  }
  const allowed = (headers: Headers) => headers.get('access-control-allow-origin');

  test('redeems its code, asks for claims and revokes its token', async () => {
    const { user, spa, code } = await singlePageApp();
    const tokens = await postForm(`${gatehouse().issuer}/token`, await code(), { origin: ORIGIN });
    expect(tokens.status).toBe(200);
    expect(allowed(tokens.headers)).toBe(ORIGIN);
    const token = String(tokens.body['access_token']);

    const claims = await fetch(`${gatehouse().issuer}/me`, {
      headers: { origin: ORIGIN, authorization: `Bearer ${token}` },
    });
    expect(await claims.json()).toMatchObject({ sub: user.id });
    expect(allowed(claims.headers)).toBe(ORIGIN);

    const revoked = await postForm(
      `${gatehouse().issuer}/token/revocation`,
      { token, client_id: spa.id },
      { origin: ORIGIN },
    );
    expect(revoked.status).toBe(200);
    expect(allowed(revoked.headers)).toBe(ORIGIN);
  });

  test.each([EVIL, 'http://localhost:10', 'https://localhost:9', 'http://localhost', 'null'])(
    'from %s it gets nothing, though all else is right',
    async (origin) => {
      const { spa, code } = await singlePageApp();
      const form = await code();
      const stolen = await postForm(`${gatehouse().issuer}/token`, form, { origin });
      expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(stolen.body).not.toHaveProperty('access_token');
      expect(allowed(stolen.headers)).toBeNull();

      const own = await postForm(`${gatehouse().issuer}/token`, await code(), { origin: ORIGIN });
      const token = String(own.body['access_token']);
      const claims = await fetch(`${gatehouse().issuer}/me`, {
        headers: { origin, authorization: `Bearer ${token}`, accept: 'application/json' },
      });
      expect(claims.status).toBe(400);
      expect(allowed(claims.headers)).toBeNull();
      const revoked = await postForm(
        `${gatehouse().issuer}/token/revocation`,
        { token, client_id: spa.id },
        { origin },
      );
      expect(revoked.status).toBe(400);
      expect(allowed(revoked.headers)).toBeNull();
    },
  );

  test('an app with a secret has no business in a browser: its own origin is refused, too', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { access_token: token } = await obtainTokens(rp, user);
    const claims = await fetch(`${gatehouse().issuer}/me`, {
      headers: { origin: ORIGIN, authorization: `Bearer ${token}`, accept: 'application/json' },
    });
    expect(claims.status).toBe(400);
    expect(allowed(claims.headers)).toBeNull();
  });

  test('a preflight tells what may be sent, and never lets cookies come along', async () => {
    for (const [path, method, header] of [
      ['/token', 'POST', 'content-type'],
      ['/me', 'GET', 'authorization'],
      ['/token/revocation', 'POST', 'content-type'],
    ]) {
      const preflight = await fetch(`${gatehouse().issuer}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: ORIGIN,
          'access-control-request-method': method!,
          'access-control-request-headers': header!,
        },
      });
      expect(preflight.status).toBe(204);
      expect(allowed(preflight.headers)).toBe(ORIGIN);
      expect(preflight.headers.get('access-control-allow-methods')).toContain(method);
      expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(header);
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  test('the pages of the sign-in are for no other origin (RFC 9700 2.6)', async () => {
    const { spa } = await singlePageApp();
    for (const path of [`/auth?client_id=${spa.id}`, '/interaction/x', '/session/end']) {
      const answer = await fetch(`${gatehouse().issuer}${path}`, {
        headers: { origin: ORIGIN },
        redirect: 'manual',
      });
      expect(allowed(answer.headers)).toBeNull();
    }
  });
});
