import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createBrowser, type Browser, type Page } from '../support/browser.js';
import { demoFolder, startDemo, type DemoProcess } from './demo-process.js';

jest.setTimeout(30_000);

let demo: DemoProcess;
let folder: Awaited<ReturnType<typeof demoFolder>>;

beforeAll(async () => {
  folder = await demoFolder();
  demo = await startDemo(folder.path);
});

afterAll(async () => {
  await demo?.end();
  await folder.remove();
});

describe('the story that the terminal tells', () => {
  const browser = createBrowser();
  const orders = () => demo.apps[0]!;
  const wiki = () => demo.apps[1]!;

  test('at the first app a person signs in, is asked for consent, and sees their claims', async () => {
    const home = await browser.open(orders().url);
    expect(home.html).toContain('You are not signed in.');

    const signInPage = await browser.open(`${orders().url}/sign-in`);
    expect(signInPage.url).toContain(demo.issuer);
    const { login, password } = demo.users[0]!;
    const consentPage = await browser.submit(signInPage, '/sign-in', { login, password });
    expect(consentPage.html).toContain('Acme Orders');
    const signedIn = await browser.submit(consentPage, '/consent');

    expect(signedIn.url).toBe(`${orders().url}/`);
    expect(signedIn.html).toContain('Hello, Anna Berger');
    expect(signedIn.html).toContain(login);
    expect(signedIn.html).toContain('Lindengasse 4');
  });

  test('it gets new tokens without the person', async () => {
    const refreshed = await browser.submit(await browser.open(orders().url), '/refresh');
    expect(refreshed.html).toMatch(/Gatehouse gave Acme Orders new tokens/);
    expect(refreshed.html).toContain('Hello, Anna Berger');
  });

  test('the second app signs them in without a password and without consent', async () => {
    const signedIn = await browser.open(`${wiki().url}/sign-in`);
    expect(signedIn.url).toBe(`${wiki().url}/`);
    expect(signedIn.html).toContain('Hello, Anna Berger');
    expect(signedIn.html).toContain('client_secret_post');
    expect(signedIn.html).not.toContain('Get new tokens');
  });

  test('signing out at the first app ends the session, and the second app shows that it was told', async () => {
    const home = await browser.open(orders().url);
    const signedOut = await confirmSignOut(browser, await browser.submit(home, '/sign-out'));
    expect(signedOut.url).toBe(`${orders().url}/`);
    expect(signedOut.html).toContain('You signed out of Acme Orders.');

    const told = await until(
      () => browser.open(wiki().url),
      (page) => page.html.includes('Signed out by Gatehouse at'),
    );
    expect(told.html).toContain('You are not signed in.');

    const again = await browser.open(`${wiki().url}/sign-in`);
    expect(again.html).toContain('name="password"');
  });
});

describe('a web app', () => {
  test('takes no answer that it did not ask for in this browser', async () => {
    const page = await createBrowser().open(
      `${demo.apps[0]!.url}/callback?code=x&state=y&iss=${demo.issuer}`,
    );
    expect(page.status).toBe(400);
    expect(page.html).toContain('not started in this browser');
  });

  test('says so when the person refuses', async () => {
    const browser = createBrowser();
    const signInPage = await browser.open(`${demo.apps[0]!.url}/sign-in`);
    const cancelled = await browser.submit(signInPage, '/cancel');
    expect(cancelled.status).toBe(403);
    expect(cancelled.html).toContain('You cancelled the sign-in.');
  });

  test.each([
    ['nothing', ''],
    ['no token', 'abc'],
    ['an unsigned token', `${btoa('{"alg":"none","typ":"logout+jwt"}')}.${btoa('{}')}.`],
  ])('believes no logout token that is %s', async (_what, logout_token) => {
    const response = await fetch(`${demo.apps[1]!.url}/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  test('says in a page of its own that an address leads nowhere', async () => {
    const page = await createBrowser().open(`${demo.apps[0]!.url}/nothing-here`);
    expect(page.status).toBe(404);
    expect(page.html).toContain('There is no page at this address.');
  });

  test('answers for its own name alone', async () => {
    const { port } = new URL(demo.apps[0]!.url);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(421);
  });
});

/** Says yes on Gatehouse's sign-out page, where it asks. */
function confirmSignOut(browser: Browser, page: Page): Promise<Page> | Page {
  return page.html.includes('/session/end/confirm')
    ? browser.submit(page, '/session/end/confirm', { logout: 'yes' })
    : page;
}

/** Looks again until it is so, for things that happen behind the scenes; fails with what was seen last. */
async function until(look: () => Promise<Page>, isSo: (page: Page) => boolean): Promise<Page> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const page = await look();
    if (isSo(page)) return page;
    if (Date.now() > deadline) throw new Error(`not within 10 s; the page was:\n${page.html}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
