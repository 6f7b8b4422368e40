import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { describeOnEachStore, type TestDatabase } from '../support/databases.js';
import { basic, postForm } from '../support/flow.js';
import { REDIRECT_URI, relyingParty, signIn } from '../support/relying-party.js';
import { createInstallation, WEAK_HASHING, type Installation } from './server-process.js';

const ROUNDS = 3;
const GRACE_SECONDS = 60;

describeOnEachStore('A process that is killed in the middle of a chain of refreshes', (createDatabase) => {
  let database: TestDatabase;
  let installation: Installation;
  beforeAll(async () => {
    database = await createDatabase();
    installation = await createInstallation({
      ...WEAK_HASHING,
      STORE_URL: database.url,
      REFRESH_TOKEN_GRACE: `${GRACE_SECONDS}s`,
    });
  });
  afterAll(async () => {
    await installation.remove();
    await database.drop();
  });

  test('has lost nothing that it acknowledged, and makes nothing good again that was spent', async () => {
    const issuer = `http://localhost:${installation.port}/oidc`;
    const web = ['--kind', 'web', '--name', 'App', '--redirect-uri', REDIRECT_URI, '--first-party'];
    const { client_id: id, client_secret: secret } = (await installation.command([
      'clients',
      'add',
      ...web,
    ])) as Record<string, string>;
    const app = { id: id!, secret: secret! };
    const { password } = await installation.command(['users', 'add', '--email', 'anna@example.com']);

    let server = await installation.start();
    const rp = await relyingParty(issuer, app);
    const { url, checks } = await rp.begin({ scope: 'openid offline_access', prompt: 'consent' });
    const browser = createBrowser();
    const user = { login: 'anna@example.com', password: password as string };
    const callback = await signIn(browser, await browser.open(url), user);
    let tokens: { access_token: string; refresh_token?: string } = await rp.finish(callback.url, checks);

    const refresh = () =>
      postForm(
        `${issuer}/token`,
        { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! },
        basic(app),
      );
    for (let round = 0; round < ROUNDS; round += 1) {
      const { ended, signal } = server;
      let acknowledged = 0;
      for (;;) {
        const answer = refresh();
        // With a request in flight, a little later each time.
        if (acknowledged === 5) setTimeout(() => signal('SIGKILL'), round);
        const { status, body } = await answer.catch(() => ({ status: 0, body: {} }));
        if (status === 0) break;
        expect(status).toBe(200);
        tokens = body as typeof tokens;
        acknowledged += 1;
      }
      expect(acknowledged).toBeGreaterThanOrEqual(5);
      expect(await ended).toMatchObject({ signal: 'SIGKILL' });

      server = await installation.start();
      const me = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      expect(me.status).toBe(200);
      // It may have been spent by the request whose answer never came: the grace is for this, too.
      const next = await refresh();
      expect(next.status).toBe(200);
      tokens = next.body as typeof tokens;
    }

    const spent = await postForm(
      `${issuer}/token`,
      {
        grant_type: 'authorization_code',
        code: new URL(callback.url).searchParams.get('code')!,
        redirect_uri: REDIRECT_URI,
        code_verifier: checks.pkceCodeVerifier!,
      },
      basic(app),
    );
    expect(spent).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
