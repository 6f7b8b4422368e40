import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as oidc from 'openid-client';
import type { Browser } from 'playwright-core';
import { CLIENTS, ORDERS_API, SCOPES } from '../../demo/cast.js';
import { setStage, type Stage } from '../../demo/stage.js';
import { chromiumPath, openBrowser } from '../pages/browser.js';
import { createBrowser } from '../support/browser.js';
import { relyingParty, signIn } from '../support/relying-party.js';
import { stopTheClockAndIntervals } from '../support/wall-clock.js';
import { demoFolder, freePorts } from './demo-process.js';

jest.setTimeout(60_000);

const clock = stopTheClockAndIntervals();
let stage: Stage;
let folder: Awaited<ReturnType<typeof demoFolder>>;

beforeAll(async () => {
  folder = await demoFolder();
  stage = await setStage({ port: await freePorts(), data: folder.path, reset: false, logLevel: 'fatal' });
});

afterAll(async () => {
  await stage?.close();
  await folder.remove();
});

const anna = () => ({
  login: 'anna@example.com',
  password: stage.secrets.users['anna@example.com'] ?? '',
});

describe('the archive of the orders API wants a sign-in of the last five minutes (RFC 9470)', () => {
  const archive = (token: string) =>
    fetch(`${stage.cast.urls.ordersApi}/orders/archive`, { headers: { authorization: `Bearer ${token}` } });

  test('an older one leads to a challenge, the challenge to a sign-in, and the sign-in to the archive', async () => {
    const redirectUri = `${stage.cast.urls.board}/callback`;
    const rp = await relyingParty(stage.cast.issuer, { id: CLIENTS.board }, { redirectUri });
    const asked = { scope: SCOPES.board, resource: ORDERS_API };
    const browser = createBrowser();
    const begun = await rp.begin(asked);
    const callback = await signIn(browser, await browser.open(begun.url), anna(), redirectUri);
    const tokens = await rp.finish(callback.url, begun.checks, { resource: ORDERS_API });
    expect((await archive(tokens.access_token)).status).toBe(200);

    clock.pass(301);
    const { access_token } = await oidc.refreshTokenGrant(rp.config, tokens.refresh_token!, {
      resource: ORDERS_API,
    });
    const refused = await archive(access_token);
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get('www-authenticate');
    expect(challenge).toContain('error="insufficient_user_authentication"');
    expect(challenge).toContain('max_age="300"');
    expect(await refused.json()).toMatchObject({ error: 'insufficient_user_authentication' });

    const again = await rp.begin({ ...asked, max_age: '300' });
    const page = await browser.open(again.url, { stopAt: redirectUri });
    expect(page.html).toContain('name="password"');
    const back = await signIn(browser, page, anna(), redirectUri);
    const fresh = await rp.finish(back.url, again.checks, { resource: ORDERS_API });
    const answer = await archive(fresh.access_token);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ items: [{ item: 'Giant rubber band' }] });
  });

  test('a token that nobody signed in for does not get there', async () => {
    const { issuer } = stage.cast;
    const id = CLIENTS.nightlyExport;
    const rp = await relyingParty(issuer, { id, secret: stage.secrets.clients[id]! });
    const scope = 'orders:read';
    const { access_token } = await oidc.clientCredentialsGrant(rp.config, { resource: ORDERS_API, scope });
    expect((await archive(access_token)).status).toBe(401);
  });
});

(chromiumPath ? describe : describe.skip)('the single-page app, in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test('signs in once more for the archive, and then shows it by itself', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const fillIn = async () => {
      await page.fill('input[name=login]', anna().login);
      await page.fill('input[name=password]', anna().password);
      await page.locator('button.login-submit').click();
    };
    await page.goto(stage.cast.urls.board);
    await page.getByRole('button', { name: 'Sign in with Gatehouse' }).click();
    await fillIn();
    const allow = page.locator('form[action$="/consent"] button.login-submit');
    await allow.or(page.getByText('Hello, Anna Berger')).waitFor();
    if ((await allow.count()) > 0) await allow.click();

    const answer = page.getByLabel('Answer of Acme Archive');
    await page.getByRole('button', { name: 'Call Acme Archive' }).click();
    await answer.getByText('Giant rubber band').waitFor();

    clock.pass(301);
    await page.getByRole('button', { name: 'Call Acme Archive' }).click();
    await page.locator('input[name=password]').waitFor();
    expect(page.url()).toContain(stage.cast.issuer);
    await page.goto(stage.cast.urls.board);
    await page.getByText('Hello, Anna Berger').waitFor();

    await page.getByRole('button', { name: 'Call Acme Archive' }).click();
    await fillIn();
    await answer.getByText('Giant rubber band').waitFor();
    expect(new URL(page.url()).origin).toBe(stage.cast.urls.board);
    await context.close();
  });
});
