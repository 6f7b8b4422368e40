import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, SignJWT } from 'jose';
import * as client from 'openid-client';
import type { DetailsType } from '../../src/store/services.js';
import { createBrowser, type Browser } from '../support/browser.js';
import { callCentre, theRequest } from '../support/ciba.js';
import { eventually } from '../support/eventually.js';
import { basic, flow, postForm } from '../support/flow.js';
import { errorOf, obtainTokens, REDIRECT_URI, webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';
import { enterCode, tv } from '../support/tv.js';

const BANK = 'https://api.example.com/bank';
const ARCHIVE = 'https://api.example.com/archive';

const PAYMENT: DetailsType = {
  type: 'payment',
  description: 'Pay once from your account',
  fields: [
    { name: 'amount', label: 'Amount in euros', kind: 'number', required: true },
    { name: 'to', label: 'Recipient', kind: 'string', required: true },
    { name: 'speed', kind: 'string', allowed: ['slow', 'instant'] },
  ],
};
const RECORDS: DetailsType = {
  type: 'https://archive.example.com/records',
  description: 'Use your records',
  fields: [
    { name: 'actions', label: 'What with them', kind: 'list', required: true, allowed: ['read', 'copy'] },
    { name: 'identifier', label: 'Which', kind: 'string' },
  ],
};

const rent = { type: 'payment', amount: 850, to: 'Acme Homes' };
const tip = { type: 'payment', amount: 5, to: 'Band', speed: 'instant' };
const letters = { type: RECORDS.type, actions: ['read'], identifier: 'letters' };

/** Two services that declare types, the introspecting client of one, and discovery that has heard of them. */
async function declareServices({ gatehouse, addClient, issuer }: Instance): Promise<{ archive: Api }> {
  await gatehouse.services.add(BANK, { name: 'Acme Bank', detailsTypes: [PAYMENT] });
  const archive = await addClient({
    kind: 'api',
    name: 'Acme Archive',
    service: { resource: ARCHIVE, tokenFormat: 'opaque', detailsTypes: [RECORDS] },
  });
  await eventually(async () => supportedTypes(issuer).then((types) => types?.length === 2));
  return { archive };
}
type Api = { id: string; secret: string };

async function supportedTypes(issuer: string): Promise<string[] | undefined> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  const metadata = (await answer.json()) as { authorization_details_types_supported?: string[] };
  return metadata.authorization_details_types_supported;
}

const asking = (details: object[], more: Record<string, string> = {}) => ({
  scope: 'openid',
  resource: BANK,
  authorization_details: JSON.stringify(details),
  ...more,
});
const detailsIn = (jwt: string) => decodeJwt(jwt)['authorization_details'];

flow('Rich authorization requests (RFC 9396)', (gatehouse) => {
  let archive: Api;
  beforeAll(async () => {
    ({ archive } = await declareServices(gatehouse()));
  });

  const bankApp = (settings: Record<string, unknown> = {}) =>
    webApp(gatehouse(), { name: 'Acme Ledger', resources: [BANK, ARCHIVE], ...settings });

  const signInFor = async (browser: Browser, url: string, { login }: { login: string }) =>
    browser.submit(
      await browser.open(url, { stopAt: REDIRECT_URI }),
      '/sign-in',
      { login, password: PASSWORD },
      { stopAt: REDIRECT_URI },
    );

  test('a person sees each detail in words, allows it, and the token for the service carries it', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp();
    const browser = createBrowser();
    const { url, checks } = await rp.begin(asking([rent, tip]));
    const page = await signInFor(browser, url, user);
    for (const words of ['Acme Bank', 'Pay once from your account', 'Amount in euros', '850', 'Acme Homes'])
      expect(page.html).toContain(words);
    expect(page.html).toContain('speed');
    expect(page.html).not.toContain('as far as the service allows');

    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const tokens = await rp.finish(callback.url, checks, { resource: BANK });
    expect(tokens['authorization_details']).toEqual([rent, tip]);
    expect(detailsIn(tokens.access_token)).toEqual([rent, tip]);
  });

  test('the same details need no second yes while the session lasts; others do, and none outlast it', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp();
    const { browser } = await obtainTokens(rp, user, asking([rent]), { tokenParameters: { resource: BANK } });
    const again = await rp.begin(asking([rent], { prompt: 'none' }));
    const silent = await browser.open(again.url, { stopAt: REDIRECT_URI });
    const tokens = await rp.finish(silent.url, again.checks, { resource: BANK });
    expect(detailsIn(tokens.access_token)).toEqual([rent]);

    for (const other of [[{ ...rent, amount: 851 }], [rent, tip]]) {
      const asked = await rp.begin(asking(other, { prompt: 'none' }));
      expect(errorOf(await browser.open(asked.url, { stopAt: REDIRECT_URI }))).toBe('consent_required');
    }
    const plain = await rp.begin({ scope: 'openid', resource: BANK, prompt: 'none' });
    expect(errorOf(await browser.open(plain.url, { stopAt: REDIRECT_URI }))).toBe('consent_required');

    const elsewhere = createBrowser();
    const page = await signInFor(elsewhere, (await rp.begin(asking([rent]))).url, user);
    expect(page.html).toContain('Acme Homes');
    expect(page.html).toContain('/consent"');
  });

  test('what was not asked for again is not in the next code, though the grant knows it', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp();
    const { browser } = await obtainTokens(rp, user, asking([rent]), { tokenParameters: { resource: BANK } });
    const { url, checks } = await rp.begin(asking([tip]));
    const page = await browser.open(url, { stopAt: REDIRECT_URI });
    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const tokens = await rp.finish(callback.url, checks, { resource: BANK });
    expect(detailsIn(tokens.access_token)).toEqual([tip]);
    const plain = await rp.begin({ scope: 'openid' });
    const bare = await browser.open(plain.url, { stopAt: REDIRECT_URI });
    expect((await rp.finish(bare.url, plain.checks))['authorization_details']).toBeUndefined();
  });

  test('a grant that gets offline_access later still knows what was allowed before', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp();
    const { browser } = await obtainTokens(rp, user, asking([rent]), { tokenParameters: { resource: BANK } });
    const { url, checks } = await rp.begin(
      asking([tip], { scope: 'openid offline_access', prompt: 'consent' }),
    );
    const page = await browser.open(url, { stopAt: REDIRECT_URI });
    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const { refresh_token: refreshToken } = await rp.finish(callback.url, checks, { resource: BANK });
    const next = await client.refreshTokenGrant(rp.config, refreshToken!, { resource: BANK });
    expect(detailsIn(next.access_token)).toEqual([tip]);
    const again = await rp.begin(asking([rent, tip], { prompt: 'none' }));
    expect(errorOf(await browser.open(again.url, { stopAt: REDIRECT_URI }))).toBeNull();
  });

  test('each service learns the details that are for it, by JWT or by introspection', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp({ refreshTokenWithoutOfflineAccess: true });
    const begun = await rp.begin(asking([rent, letters]));
    const browser = createBrowser();
    const page = await signInFor(browser, `${begun.url}&resource=${encodeURIComponent(ARCHIVE)}`, user);
    for (const words of ['Acme Archive', 'Use your records', 'letters', 'Acme Homes'])
      expect(page.html).toContain(words);
    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const forBank = await rp.finish(callback.url, begun.checks, { resource: BANK });
    expect(detailsIn(forBank.access_token)).toEqual([rent]);

    const forArchive = await client.refreshTokenGrant(rp.config, forBank.refresh_token!, {
      resource: ARCHIVE,
    });
    expect(forArchive['authorization_details']).toEqual([letters]);
    const introspect = async (token: string) =>
      (await postForm(`${gatehouse().issuer}/token/introspection`, { token }, basic(archive))).body;
    expect(await introspect(forArchive.access_token)).toMatchObject({
      active: true,
      authorization_details: [letters],
    });

    const forNeither = await client.refreshTokenGrant(rp.config, forArchive.refresh_token!);
    expect(forNeither['authorization_details']).toBeUndefined();
  });

  test('a JWT can be introspected, and says the same', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await bankApp({ firstParty: true });
    const tokens = await obtainTokens(rp, user, asking([rent]), { tokenParameters: { resource: BANK } });
    const answer = await postForm(
      `${gatehouse().issuer}/token/introspection`,
      { token: tokens.access_token },
      basic(app),
    );
    expect(answer.body).toMatchObject({ active: true, authorization_details: [rent] });
  });

  test('token and refresh requests take a part, and never more; a refusal costs the person nothing', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp({ refreshTokenWithoutOfflineAccess: true });
    const part = (details: object[]) => ({ resource: BANK, authorization_details: JSON.stringify(details) });
    const tokens = await obtainTokens(rp, user, asking([rent, tip]), { tokenParameters: part([tip]) });
    expect(tokens['authorization_details']).toEqual([tip]);
    expect(detailsIn(tokens.access_token)).toEqual([tip]);

    let refreshToken = tokens.refresh_token!;
    for (const wider of [[rent, { ...tip, amount: 6 }], [{ ...tip, speed: 'slow' }], [letters]]) {
      await expect(client.refreshTokenGrant(rp.config, refreshToken, part(wider))).rejects.toMatchObject({
        error: 'invalid_authorization_details',
      });
    }
    for (const details of [[rent], [rent, tip]]) {
      const next = await client.refreshTokenGrant(rp.config, refreshToken, part(details));
      expect(detailsIn(next.access_token)).toEqual(details);
      refreshToken = next.refresh_token!;
    }
    const whole = await client.refreshTokenGrant(rp.config, refreshToken, { resource: BANK });
    expect(detailsIn(whole.access_token)).toEqual([rent, tip]);
  });

  test('a code is not worth more than it was granted', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp({ firstParty: true });
    const tokenParameters = {
      resource: BANK,
      authorization_details: JSON.stringify([{ ...rent, amount: 1 }]),
    };
    const refusal = { error: 'invalid_authorization_details' };
    await expect(obtainTokens(rp, user, asking([rent]), { tokenParameters })).rejects.toMatchObject(refusal);
    const none = { scope: 'openid', resource: BANK };
    await expect(obtainTokens(rp, user, none, { tokenParameters })).rejects.toMatchObject(refusal);
  });

  test('one of the operator’s own apps gets what it asks for without a page', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp({ firstParty: true });
    const { url, checks } = await rp.begin(asking([rent]));
    const callback = await signInFor(createBrowser(), url, user);
    const tokens = await rp.finish(callback.url, checks, { resource: BANK });
    expect(detailsIn(tokens.access_token)).toEqual([rent]);
  });

  test('they come by a pushed request (RFC 9126) and in a request object (RFC 9101) alike', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await bankApp();
    const begun = await rp.begin(asking([rent]));
    const parameters = Object.fromEntries(new URL(begun.url).searchParams);
    const pushed = await postForm(`${gatehouse().issuer}/request`, parameters, basic(app));
    expect(pushed.status).toBe(201);
    const refused = await postForm(
      `${gatehouse().issuer}/request`,
      { ...parameters, authorization_details: JSON.stringify([{ ...rent, amount: '850' }]) },
      basic(app),
    );
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_authorization_details' } });
    const byReference = new URLSearchParams({
      client_id: app.id,
      request_uri: String(pushed.body['request_uri']),
    });
    const browser = createBrowser();
    const page = await signInFor(browser, `${gatehouse().issuer}/auth?${byReference}`, user);
    expect(page.html).toContain('Acme Homes');
    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const tokens = await rp.finish(callback.url, begun.checks, { resource: BANK });
    expect(detailsIn(tokens.access_token)).toEqual([rent]);
  });

  test('a signed request object holds them as a list', async () => {
    const user = await gatehouse().addUser();
    const { generateKeyPair, exportJWK } = await import('jose');
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', use: 'sig', alg: 'ES256' }] };
    const { app, rp } = await bankApp({ metadata: { jwks } });
    const begun = await rp.begin(asking([rent]));
    const { authorization_details: text, ...parameters } = Object.fromEntries(
      new URL(begun.url).searchParams,
    );
    const request = await new SignJWT({ ...parameters, authorization_details: JSON.parse(String(text)) })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(app.id)
      .setAudience(gatehouse().issuer)
      .setExpirationTime('1m')
      .sign(privateKey);
    const query = new URLSearchParams({ client_id: app.id, request, response_type: 'code', scope: 'openid' });
    const browser = createBrowser();
    const page = await signInFor(browser, `${gatehouse().issuer}/auth?${query}`, user);
    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const tokens = await rp.finish(callback.url, begun.checks, { resource: BANK });
    expect(detailsIn(tokens.access_token)).toEqual([rent]);
  });

  test('a device asks for them, and the person sees them before and when they allow it', async () => {
    const user = await gatehouse().addUser();
    const { start, poll } = await tv(gatehouse(), { resources: [BANK] });
    const started = await start({
      scope: 'openid',
      resource: BANK,
      authorization_details: JSON.stringify([rent]),
    });
    const browser = createBrowser();
    const confirm = await enterCode(browser, started, started.user_code);
    for (const words of ['Pay once from your account', 'Acme Homes']) expect(confirm.html).toContain(words);
    const signInPage = await browser.submit(confirm, '/device', { confirm: 'yes' });
    const consent = await browser.submit(signInPage, '/sign-in', { login: user.login, password: PASSWORD });
    expect(consent.html).toContain('Acme Homes');
    expect((await browser.submit(consent, '/consent')).html).toContain('Done');
    const { body } = await poll(started, { resource: BANK });
    expect(body['authorization_details']).toEqual([rent]);
    expect(detailsIn(String(body['access_token']))).toEqual([rent]);
  });

  test('a value that would say something else on the page is refused, and the rest is shown as it is', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await bankApp();
    const page = await signInFor(
      createBrowser(),
      (await rp.begin(asking([{ ...rent, to: '<b>you</b> & "me"' }]))).url,
      user,
    );
    expect(page.html).toContain('&lt;b&gt;you&lt;/b&gt; &amp;');
    for (const to of ['\u202Eeno', 'two\nlines', 'a'.repeat(201), '  ']) {
      const { url } = await rp.begin(asking([{ ...rent, to }]));
      const answer = await createBrowser().open(url, { stopAt: REDIRECT_URI });
      expect(errorOf(answer)).toBe('invalid_authorization_details');
    }
  });
});

flow('Authorization details that are refused', (gatehouse) => {
  let rp: Awaited<ReturnType<typeof webApp>>['rp'];
  let app: Api;
  beforeAll(async () => {
    await declareServices(gatehouse());
    ({ app, rp } = await webApp(gatehouse(), { resources: [BANK], firstParty: true }));
  });

  const refusals: [what: string, authorization_details: string][] = [
    ['no JSON', 'payment'],
    ['cut off', '[{"type":"payment"'],
    ['no list', JSON.stringify(rent)],
    ['null', 'null'],
    ['a list of texts', '["payment"]'],
    ['a list in a list', JSON.stringify([[rent]])],
    ['without a type', JSON.stringify([{ amount: 850, to: 'Acme Homes' }])],
    ['with a number for a type', JSON.stringify([{ ...rent, type: 1 }])],
    ['of a type that nobody declares', JSON.stringify([{ ...rent, type: 'refund' }])],
    ['of a type named like a part of every object', '[{"type":"__proto__"}]'],
    ['of a type named constructor', '[{"type":"constructor"}]'],
    ['of a service that the client may not use', JSON.stringify([letters])],
    ['with one that is good beside one that is not', JSON.stringify([rent, { ...rent, type: 'refund' }])],
    ['without a member that the type needs', JSON.stringify([{ type: 'payment', amount: 850 }])],
    ['with a member that it does not declare', JSON.stringify([{ ...rent, currency: 'USD' }])],
    ['with a text for a number', JSON.stringify([{ ...rent, amount: '850' }])],
    ['with a number for a text', JSON.stringify([{ ...rent, to: 7 }])],
    ['with an object for a text', JSON.stringify([{ ...rent, to: { name: 'Acme Homes' } }])],
    ['with a list for a text', JSON.stringify([{ ...rent, to: ['Acme Homes'] }])],
    ['with null', JSON.stringify([{ ...rent, to: null }])],
    ['with a value that is not allowed', JSON.stringify([{ ...rent, speed: 'tomorrow' }])],
    ['with a number that JSON cannot hold', '[{"type":"payment","amount":1e999,"to":"x"}]'],
    ['with a number that comes back as another', '[{"type":"payment","amount":9007199254740993,"to":"x"}]'],
    ['with __proto__', '[{"type":"payment","amount":850,"to":"x","__proto__":{"speed":"instant"}}]'],
    ['with what it needs behind __proto__', '[{"type":"payment","amount":850,"__proto__":{"to":"x"}}]'],
    ['with constructor', '[{"type":"payment","amount":850,"to":"x","constructor":1}]'],
    ['longer than a header can carry', `[${JSON.stringify(rent)}${' '.repeat(4000)}]`],
    ['of more than ten', JSON.stringify(Array.from({ length: 11 }, () => rent))],
  ];

  describe.each(refusals)('%s', (_what, authorization_details) => {
    const parameters = { scope: 'openid', resource: BANK, authorization_details };

    test('at the authorization endpoint, at the pushed one, and at a device’s', async () => {
      const { url } = await rp.begin(parameters);
      const answer = await createBrowser().open(url, { stopAt: REDIRECT_URI });
      expect(errorOf(answer)).toBe('invalid_authorization_details');
      expect(new URL(answer.url).searchParams.get('error_description')).toMatch(/^[ !#-[\]-~]+$/u);

      const refusal = { status: 400, body: { error: 'invalid_authorization_details' } };
      const form = Object.fromEntries(new URL(url).searchParams);
      expect(await postForm(`${gatehouse().issuer}/request`, form, basic(app))).toMatchObject(refusal);
      const device = await gatehouse().addClient({ kind: 'device', resources: [BANK] });
      expect(
        await postForm(`${gatehouse().issuer}/device/auth`, { client_id: device.id, ...parameters }),
      ).toMatchObject(refusal);
    });
  });

  test('given twice', async () => {
    const { url } = await rp.begin(asking([rent]));
    const twice = `${url}&authorization_details=${encodeURIComponent(JSON.stringify([tip]))}`;
    expect(errorOf(await createBrowser().open(twice, { stopAt: REDIRECT_URI }))).toBe('invalid_request');
  });

  test('a megabyte of them, by any way', async () => {
    const huge = JSON.stringify([{ ...rent, to: 'x'.repeat(1_000_000) }]);
    const { url } = await rp.begin(asking([rent]));
    const form = { ...Object.fromEntries(new URL(url).searchParams), authorization_details: huge };
    expect((await postForm(`${gatehouse().issuer}/request`, form, basic(app))).status).toBe(413);
    const long = `${gatehouse().issuer}/auth?${new URLSearchParams(form)}`;
    expect((await fetch(long, { redirect: 'manual' })).status).toBe(431);
  });

  test('without the service that they are for, or with another one', async () => {
    const nowhere = await rp.begin({ scope: 'openid', authorization_details: JSON.stringify([rent]) });
    expect(errorOf(await createBrowser().open(nowhere.url, { stopAt: REDIRECT_URI }))).toBe('invalid_target');
    const both = await webApp(gatehouse(), { resources: [BANK, ARCHIVE] });
    const other = await both.rp.begin(asking([rent], { resource: ARCHIVE }));
    expect(errorOf(await createBrowser().open(other.url, { stopAt: REDIRECT_URI }))).toBe(
      'invalid_authorization_details',
    );
  });

  test('of another service than the one that the client means by default', async () => {
    const user = await gatehouse().addUser();
    const settings = { resources: [BANK, ARCHIVE], defaultResource: BANK };
    const byDefault = await webApp(gatehouse(), settings);
    const ask = (details: object[]) =>
      byDefault.rp.begin({ scope: 'openid', authorization_details: JSON.stringify(details) });
    const other = await createBrowser().open((await ask([letters])).url, { stopAt: REDIRECT_URI });
    expect(errorOf(other)).toBe('invalid_authorization_details');

    const browser = createBrowser();
    const { url, checks } = await ask([rent]);
    const signedIn = { login: user.login, password: PASSWORD };
    const page = await browser.submit(await browser.open(url), '/sign-in', signedIn);
    expect(page.html).toContain('Acme Homes');
    const callback = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    const tokens = await byDefault.rp.finish(callback.url, checks, { resource: BANK });
    expect(detailsIn(tokens.access_token)).toEqual([rent]);
  });

  test('beyond the types that the client is limited to (RFC 9396 10), which are known or not', async () => {
    const limited = await webApp(gatehouse(), {
      resources: [BANK, ARCHIVE],
      firstParty: true,
      metadata: { authorization_details_types: [RECORDS.type, 'no_more_there'] },
    });
    const refused = await limited.rp.begin(asking([rent]));
    expect(errorOf(await createBrowser().open(refused.url, { stopAt: REDIRECT_URI }))).toBe(
      'invalid_authorization_details',
    );
    const user = await gatehouse().addUser();
    const tokens = await obtainTokens(limited.rp, user, asking([letters], { resource: ARCHIVE }), {
      tokenParameters: { resource: ARCHIVE },
    });
    expect(tokens['authorization_details']).toEqual([letters]);
  });

  test('without a person: a program that acts for itself has nobody who could allow them', async () => {
    const service = await gatehouse().addClient({ kind: 'service', resources: [BANK] });
    const form = {
      grant_type: 'client_credentials',
      resource: BANK,
      authorization_details: JSON.stringify([rent]),
    };
    expect(await postForm(`${gatehouse().issuer}/token`, form, basic(service))).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_authorization_details',
        error_description: expect.stringContaining('need a person'),
      },
    });
  });

  test('of a type that its service stops to declare while the person reads the page', async () => {
    const resource = 'https://api.example.com/club';
    const declared = { type: 'dance', description: 'Dance', fields: [] };
    await gatehouse().gatehouse.services.add(resource, { name: 'Club', detailsTypes: [declared] });
    await eventually(async () => (await supportedTypes(gatehouse().issuer))?.includes('dance'));
    const user = await gatehouse().addUser();
    const guest = await webApp(gatehouse(), { resources: [resource] });
    const browser = createBrowser();
    const { url } = await guest.rp.begin(asking([{ type: 'dance' }], { resource }));
    const signedIn = { login: user.login, password: PASSWORD };
    const page = await browser.submit(await browser.open(url), '/sign-in', signedIn);
    expect(page.html).toContain('Dance');
    await gatehouse().gatehouse.services.update(resource, { detailsTypes: [] });
    const answer = await browser.submit(page, '/consent', {}, { stopAt: REDIRECT_URI });
    expect(errorOf(answer)).toBe('invalid_authorization_details');
  });

  test('of a type that its service has stopped to declare, from that moment on', async () => {
    const resource = 'https://api.example.com/bar';
    const declared = { type: 'drink', description: 'Drink', fields: [] };
    await gatehouse().gatehouse.services.add(resource, { name: 'Bar', detailsTypes: [declared] });
    await eventually(async () => (await supportedTypes(gatehouse().issuer))?.includes('drink'));
    const user = await gatehouse().addUser();
    const guest = await webApp(gatehouse(), {
      resources: [resource],
      firstParty: true,
      refreshTokenWithoutOfflineAccess: true,
    });
    const drinks = asking([{ type: 'drink' }], { resource });
    const tokens = await obtainTokens(guest.rp, user, drinks, { tokenParameters: { resource } });
    expect(detailsIn(tokens.access_token)).toEqual([{ type: 'drink' }]);

    await gatehouse().gatehouse.services.update(resource, { detailsTypes: [] });
    const { url } = await guest.rp.begin(drinks);
    expect(errorOf(await tokens.browser.open(url, { stopAt: REDIRECT_URI }))).toBe(
      'invalid_authorization_details',
    );
    const next = await client.refreshTokenGrant(guest.rp.config, tokens.refresh_token!, { resource });
    expect(detailsIn(next.access_token)).toBeUndefined();
  });
});

flow(
  'Authorization details that a client asks of somebody elsewhere (OpenID Connect CIBA)',
  (gatehouse) => {
    test('are on the page where the person approves, and in the token, with how they signed in', async () => {
      await declareServices(gatehouse());
      const user = await gatehouse().addUser();
      const { ask, poll, tryToAsk } = await callCentre(gatehouse(), { resources: [BANK] });
      const asking = (detail: object) => ({
        scope: 'openid',
        login_hint: user.login,
        resource: BANK,
        authorization_details: JSON.stringify([detail]),
      });
      expect(await tryToAsk(asking({ ...rent, amount: 'all' }))).toMatchObject({
        status: 400,
        body: { error: 'invalid_authorization_details' },
      });
      const asked = await ask(asking(rent));
      const browser = createBrowser();
      const page = await theRequest(browser, gatehouse(), user);
      for (const words of ['Pay once from your account', 'Acme Homes']) expect(page.html).toContain(words);
      await browser.submit(page, '/approve');
      const { body } = await poll(asked, { resource: BANK });
      expect(body['authorization_details']).toEqual([rent]);
      expect(decodeJwt(String(body['access_token']))).toMatchObject({
        authorization_details: [rent],
        acr: 'urn:gatehouse:acr:password',
        auth_time: expect.any(Number),
      });
    });
  },
  { env: { CIBA: 'on' } },
);

flow('Where no service declares a type of details', (gatehouse) => {
  test('discovery does not speak of them, and whoever asks for some is told that there are none', async () => {
    expect(await supportedTypes(gatehouse().issuer)).toBeUndefined();
    await gatehouse().gatehouse.services.add(BANK, { name: 'Acme Bank' });
    const { rp } = await webApp(gatehouse(), { resources: [BANK] });
    const { url } = await rp.begin(asking([rent]));
    expect(errorOf(await createBrowser().open(url, { stopAt: REDIRECT_URI }))).toBe(
      'invalid_authorization_details',
    );
  });
});
