import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, openBrowser } from '../pages/browser.js';
import { demoFolder, startDemo, type DemoProcess } from './demo-process.js';

jest.setTimeout(60_000);

const axe = readFileSync(resolve('node_modules/axe-core/axe.min.js'), 'utf8');

let demo: DemoProcess;
let folder: Awaited<ReturnType<typeof demoFolder>>;
let browser: Browser;

(chromiumPath ? describe : describe.skip)('in a real browser', () => {
  beforeAll(async () => {
    folder = await demoFolder();
    [demo, browser] = await Promise.all([startDemo(folder.path), openBrowser()]);
  });

  afterAll(async () => {
    await Promise.all([browser?.close(), demo?.end()]);
    await folder.remove();
  });

  test.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('the two web apps, %s', async (_how, javaScriptEnabled) => {
    const context = await browser.newContext({ javaScriptEnabled });
    const [orders, wiki] = [await context.newPage(), await context.newPage()];

    await orders.goto(demo.apps[0]!.url);
    await orders.getByRole('link', { name: 'Sign in with Gatehouse' }).click();
    await signInAndConsent(orders);
    await orders.getByRole('heading', { name: 'Hello, Anna Berger' }).waitFor();
    await orders.getByRole('button', { name: 'Get new tokens' }).click();
    await orders.getByText('gave Acme Orders new tokens').waitFor();

    await wiki.goto(demo.apps[1]!.url);
    await wiki.getByRole('link', { name: 'Sign in with Gatehouse' }).click();
    await wiki.getByRole('heading', { name: 'Hello, Anna Berger' }).waitFor();

    await orders.getByRole('button', { name: 'Sign out' }).click();
    await confirmSignOut(orders);
    await orders.getByText('You signed out of Acme Orders.').waitFor();

    const told = wiki.getByText('Signed out by Gatehouse at');
    // With scripts the page notices by itself; without, at the next look.
    if (javaScriptEnabled) await told.waitFor();
    else await reloadUntil(wiki, async () => (await told.count()) > 0);
    expect(await wiki.getByText('You are not signed in.').count()).toBe(1);
    await context.close();
  });

  test('the single-page app signs in, calls both APIs and signs out, with no error in the console', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));

    await page.goto(demo.spa.url);
    await page.getByRole('button', { name: 'Sign in with Gatehouse' }).click();
    await signInAndConsent(page);
    await page.getByText('Hello, Anna Berger').waitFor();
    expect(new URL(page.url()).search).toBe('');

    for (const name of ['Acme Orders API', 'Acme Stock API', 'Acme Orders API']) {
      const answer = page.getByLabel(`Answer of ${name}`);
      await page.getByRole('button', { name: `Call ${name}` }).click();
      await answer.getByText('"items"').waitFor();
      expect(await answer.textContent()).toContain('Anvil');
    }

    await page.reload();
    await page.getByText('Hello, Anna Berger').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await confirmSignOut(page);
    await page.getByRole('button', { name: 'Sign in with Gatehouse' }).waitFor();
    expect(page.url()).toBe(`${demo.spa.url}/`);
    expect(errors).toEqual([]);
    await context.close();
  });

  test.each([
    ['at its next call', (board: Page) => board.getByRole('button', { name: 'Call Acme Stock API' }).click()],
    ['when it is opened again', (board: Page) => board.reload()],
  ])('what was signed out elsewhere, the single-page app notices %s', async (_when, look) => {
    const context = await browser.newContext();
    const [board, wiki] = [await context.newPage(), await context.newPage()];
    await board.goto(demo.spa.url);
    await board.getByRole('button', { name: 'Sign in with Gatehouse' }).click();
    await signInAndConsent(board);
    await board.getByText('Hello, Anna Berger').waitFor();

    await wiki.goto(`${demo.apps[1]!.url}/sign-in`);
    await wiki.getByRole('button', { name: 'Sign out' }).click();
    await confirmSignOut(wiki);
    await wiki.getByText('You signed out of Acme Wiki').waitFor();

    await look(board);
    await board.getByText('it is over').waitFor();
    expect(await board.getByRole('button', { name: 'Sign in with Gatehouse' }).count()).toBe(1);
    await context.close();
  });

  test.each(['light', 'dark'] as const)(
    'the pages are accessible and fit 320 px, in %s',
    async (colorScheme) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 320, height: 640 },
        bypassCSP: true,
      });
      const page = await context.newPage();
      const faults: unknown[] = [];
      const look = async () => {
        const { violations } = await page.evaluate<{
          violations: { id: string; nodes: { html: string }[] }[];
        }>(`${axe}; axe.run()`);
        faults.push(...violations.map(({ id, nodes }) => [page.url(), id, nodes.map((node) => node.html)]));
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (width > 320) faults.push([page.url(), `is ${width} px wide`]);
      };

      for (const url of [demo.apps[0]!.url, demo.spa.url, demo.apis[0]!.url]) {
        await page.goto(url);
        if (url === demo.spa.url) await page.getByRole('button').waitFor();
        await look();
      }
      await page.goto(`${demo.apps[0]!.url}/sign-in`);
      await signInAndConsent(page);
      await page.getByRole('heading', { name: 'Hello, Anna Berger' }).waitFor();
      await look();
      await page.goto(demo.spa.url);
      await page.getByRole('button', { name: 'Sign in with Gatehouse' }).click();
      await consentIfAsked(page);
      await page.getByText('Hello, Anna Berger').waitFor();
      await look();
      expect(faults).toEqual([]);
      await context.close();
    },
  );
});

/** Does what Gatehouse's pages ask for, until the browser is back at an application. */
async function signInAndConsent(page: Page): Promise<void> {
  const { login, password } = demo.users[0]!;
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', password);
  await page.locator('button.login-submit').click();
  await consentIfAsked(page);
}

async function consentIfAsked(page: Page): Promise<void> {
  // What was allowed once is remembered: then there is no consent page.
  const allow = page.locator('form[action$="/consent"] button.login-submit');
  await allow.or(page.getByText('sample application')).waitFor();
  if ((await allow.count()) > 0) await allow.click();
}

async function confirmSignOut(page: Page): Promise<void> {
  await page.locator('button[name=logout]').click();
}

async function reloadUntil(page: Page, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    await page.reload();
    if (await isSo()) return;
    await page.waitForTimeout(100);
  }
}
