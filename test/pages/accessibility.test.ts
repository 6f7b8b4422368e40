import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { contrast, type Color } from '../../src/pages/color.js';
import type { Language } from '../../src/pages/language.js';
import { chromiumPath, openBrowser, openSample, serveLogos, serveSamples } from './browser.js';
import { brand, samples } from './samples.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const everything: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
/** What can differ between themes, sizes and languages. */
const looks: RunOptions = {
  runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'target-size', 'html-has-lang'] },
  resultTypes: ['violations'],
};
const names = samples.map(({ name }) => name);

jest.setTimeout(30_000);
if (!chromiumPath)
  console.log('Skipped: pages in a browser. Install Chromium or set CHROMIUM_PATH to run them.');
const inBrowser = chromiumPath ? describe : describe.skip;

/** One line for each breach: the rule and where. */
async function breaches(page: Page, options = everything): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate<AxeResults, RunOptions>(
    // @ts-expect-error axe is there in the page alone
    (given) => axe.run(document, given),
    options,
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

inBrowser('In a browser', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveSamples>>;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), serveSamples()]);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  async function newContext(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await serveLogos(context);
    return context;
  }

  describe('meets WCAG 2.2 AA, fits and runs under the content security policy', () => {
    let context: BrowserContext;
    let page: Page;
    const complaints: string[] = [];
    beforeAll(async () => {
      context = await newContext();
      page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
    });
    afterAll(() => context.close());

    test.each(names)('%s', async (name) => {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: 'light' });
      await openSample(page, `${site.origin}/en/${name}`);
      expect(await breaches(page)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      await page.emulateMedia({ colorScheme: 'dark' });
      await openSample(page, `${site.origin}/de/${name}`);
      expect(await breaches(page, looks)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      expect(complaints).toEqual([]);
    });
  });

  test('a brand in bright yellow stays legible in both themes', async () => {
    const yellow = await serveSamples({ ...brand, accent: { light: '#ffe600', dark: '#3a2f00' } });
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await newContext({ colorScheme });
      const page = await context.newPage();
      for (const name of ['sign-in-wrong', 'consent-everything', 'signed-out']) {
        await page.goto(`${yellow.origin}/en/${name}`);
        expect(await breaches(page, looks)).toEqual([]);
      }
      await context.close();
    }
    await yellow.close();
  });

  async function visit(
    name: string,
    options: Parameters<Browser['newContext']>[0] = {},
    language: Language = 'en',
  ) {
    site.posts.length = 0;
    const context = await newContext(options);
    const page = await context.newPage();
    await page.goto(`${site.origin}/${language}/${name}`);
    return { page, close: () => context.close() };
  }

  /** Waits for the answer to the post that `act` sets off. */
  async function posting(page: Page, act: () => Promise<void>) {
    await Promise.all([page.waitForResponse((response) => response.request().method() === 'POST'), act()]);
    return site.posts.at(-1)!;
  }

  test.each([{ javaScriptEnabled: true }, { javaScriptEnabled: false }])(
    'Enter signs in, and Cancel needs nothing filled in ($javaScriptEnabled scripts)',
    async (options) => {
      const { page, close } = await visit('sign-in', options);
      const cancelled = await posting(page, () => page.click('#cancel'));
      expect(cancelled.path).toBe('/interaction/x7Qk/cancel');
      await page.reload();
      await page.fill('[name=login]', 'ada');
      await page.fill('[name=password]', 'correct horse');
      const sent = await posting(page, () => page.press('[name=password]', 'Enter'));
      expect(sent).toEqual({
        path: '/interaction/x7Qk/sign-in',
        fields: [
          ['csrf', 'csrf-token'],
          ['login', 'ada'],
          ['password', 'correct horse'],
        ],
      });
      await close();
    },
  );

  test('the password can be looked at, and is sent as a password all the same', async () => {
    const { page, close } = await visit('sign-in-hinted');
    await page.fill('[name=password]', 'correct horse');
    await page.click('button[aria-label="Show password"]');
    expect(await page.getAttribute('#password', 'type')).toBe('text');
    expect(await page.textContent('.reveal')).toBe('Hide');
    await posting(page, () => page.click('.login-submit'));
    expect(await page.getAttribute('#password', 'type')).toBe('password');
    await close();
  });

  test('a second press while the first is on its way sends nothing', async () => {
    const { page, close } = await visit('consent');
    await posting(page, () => page.dblclick('.login-submit'));
    await page.click('.login-submit');
    expect(site.posts.map(({ path }) => path)).toEqual(['/interaction/x7Qk/consent']);
    await close();
  });

  test('the keyboard begins at what is to be filled in, and goes in the order that one reads', async () => {
    const { page, close } = await visit('sign-in');
    const order: (string | null)[] = [];
    for (let step = 0; step < 5; step += 1) {
      order.push(await page.evaluate(() => document.activeElement!.id || document.activeElement!.className));
      await page.keyboard.press('Tab');
    }
    expect(order).toEqual(['login', 'password', 'reveal', 'primary login-submit', 'cancel']);
    await close();
  });

  test('the page in between posts by itself, every character as it was', async () => {
    const context = await newContext();
    site.posts.length = 0;
    const page = await context.newPage();
    await posting(page, () => openSample(page, `${site.origin}/en/continue`));
    expect(site.posts).toEqual([
      {
        path: '/session/end/confirm',
        fields: [
          ['xsrf', 'xsrf-token'],
          ['state', 'a"b<c>\u202Ed'],
          ['submit', 'yes'],
        ],
      },
    ]);
    await context.close();
  });

  test('the page in between has a button where no script runs', async () => {
    const { page, close } = await visit('continue', { javaScriptEnabled: false });
    expect(site.posts).toEqual([]);
    const sent = await posting(page, () => page.click('text=Continue'));
    expect(sent.path).toBe('/session/end/confirm');
    await close();
  });

  test('a logo that does not load gives way to the initial', async () => {
    const context = await browser.newContext();
    await context.route(/^https:/, (route) => route.abort());
    const page = await context.newPage();
    await page.goto(`${site.origin}/en/sign-in`);
    await page.waitForSelector('.client-logo', { state: 'detached' });
    expect(await page.textContent('.arch .initial')).toBe('L');
    await context.close();
  });

  test('nothing is lost in forced colours: every button has an edge', async () => {
    const { page, close } = await visit('sign-in', { forcedColors: 'active' });
    const widths = await page.$$eval('.actions button', (buttons) =>
      buttons.map((button) => getComputedStyle(button).borderTopWidth),
    );
    expect(widths).toEqual(['1px', '1px']);
    await close();
  });

  test.each(['sign-in-wrong', 'sign-out'])(
    'a low window shows first what %s is about, with and without scripts',
    async (name) => {
      for (const javaScriptEnabled of [true, false]) {
        const viewport = { width: 640, height: 320 };
        const { page, close } = await visit(name, { viewport, javaScriptEnabled });
        const shown = page.locator(name === 'sign-in-wrong' ? '.problem' : 'h1');
        await expect(
          shown.evaluate((element) => {
            const { top, bottom } = element.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight;
          }),
        ).resolves.toBe(true);
        await close();
      }
    },
  );

  test('while the sign-in is on its way the button says so, to screen readers too, and is itself again after', async () => {
    const { page, close } = await visit('sign-in-hinted');
    await page.fill('[name=password]', 'correct horse');
    await posting(page, () => page.click('.login-submit'));
    expect(await page.textContent('.login-submit')).toBe('Signing in …');
    expect(await page.textContent('form [role=status]')).toBe('Signing in …');
    await page.evaluate(() => window.dispatchEvent(new Event('pageshow')));
    expect(await page.textContent('.login-submit')).toBe('Sign in');
    await close();
  });

  test('the edge of a secondary button can be told from the ground in both themes (WCAG 2.2, 1.4.11)', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, close } = await visit('sign-in', { colorScheme });
      const [edge, ground] = await page.evaluate(() => [
        getComputedStyle(document.querySelector('.secondary')!).borderTopColor,
        getComputedStyle(document.body).backgroundColor,
      ]);
      const color = (text: string) => text.match(/\d+/gu)!.map(Number) as unknown as Color;
      expect(contrast(color(edge!), color(ground!))).toBeGreaterThanOrEqual(3);
      await close();
    }
  });

  test('a narrow window with text at 200 % gives its width to words', async () => {
    const { page, close } = await visit('sign-in', { viewport: { width: 220, height: 640 } });
    expect(await page.isVisible('.arch')).toBe(false);
    await close();
  });
});
