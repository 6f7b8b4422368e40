import { beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { createBrowser } from '../support/browser.js';
import { basic, flow, postForm } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI, signIn } from '../support/relying-party.js';

flow('The claims parameter (OpenID Connect Core 5.5)', (gatehouse) => {
  let app: { id: string; secret: string };
  beforeAll(async () => {
    app = await gatehouse().addClient({ kind: 'web', redirectUris: [REDIRECT_URI], requirePkce: false });
  });
  const form = (claims: string) =>
    new URLSearchParams({
      client_id: app.id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: 'own',
      claims,
    }).toString();
  const push = (claims: string) =>
    rawRequest(gatehouse(), formPost('/oidc/request', form(claims), basic(app)));

  test.each([
    ['no JSON', '{'],
    ['a value nested 14 times', `{"id_token":{"x":{"value":${'['.repeat(14)}${']'.repeat(14)}}}}`],
    ['nothing of use', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"id_token"'],
    ['a list of claims', '{"id_token":["email"]}'],
    ['null for claims of userinfo', '{"userinfo":null}'],
    ['a list for a claim', '{"id_token":{"email":[]}}'],
    ['a text for claims', '{"id_token":"email"}'],
    ['claims inside __proto__', '{"__proto__":{"id_token":{"email":null}}}'],
  ])('%s is refused', async (_what, claims) => {
    const answer = await rawRequest(gatehouse(), {
      target: `/oidc/auth?${form(claims)}`,
      headers: asBrowser,
    });
    expect(answer.status).toBe(303);
    const { origin, pathname, searchParams } = new URL(String(answer.headers['location']));
    expect(`${origin}${pathname}`).toBe(REDIRECT_URI);
    expect(Object.fromEntries(searchParams)).toEqual({
      error: 'invalid_request',
      error_description: expect.stringContaining('claims'),
      state: 'own',
      iss: gatehouse().issuer,
    });
    expectRefusal(gatehouse(), await push(claims), { status: 400, form: 'json', error: 'invalid_request' });
    await expectAlive(gatehouse());
  });

  test.each([
    ['a claim nested 5,000 times', `{"id_token":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}`],
    ['a value nested 5,000 times', `{"id_token":{"x":{"value":${'['.repeat(5000)}${']'.repeat(5000)}}}}`],
    ['a list nested 5,000 times', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['an object nested 1,000 times that does not end', '{"id_token":'.repeat(1000)],
  ])('%s is refused, too long for an address as it is', async (_what, claims) => {
    expectRefusal(gatehouse(), await push(claims), { status: 400, form: 'json', error: 'invalid_request' });
    await expectAlive(gatehouse());
  });

  test('of 1 MB is refused unread', async () => {
    const claims = JSON.stringify({ id_token: { ['x'.repeat(1_000_000)]: null } });
    const answer = await rawRequest(gatehouse(), formPost('/oidc/auth', form(claims), asBrowser));
    expectRefusal(gatehouse(), answer, { status: 413, form: 'page' });
    expectRefusal(gatehouse(), await push(claims), { status: 413, form: 'json', error: 'invalid_request' });
    await expectAlive(gatehouse());
  });

  test.each([
    ['a claim named __proto__', '{"id_token":{"__proto__":{"essential":true},"constructor":null}}'],
    ['a value nested 13 times', `{"id_token":{"x":{"value":${'['.repeat(13)}${']'.repeat(13)}}}}`],
    ['an unknown claim', '{"id_token":{"is_admin":{"value":true}}}'],
  ])('%s means nothing', async (_what, claims) => {
    const pushed = await push(claims);
    expect(pushed).toMatchObject({ status: 201 });
    const { request_uri } = JSON.parse(pushed.text) as { request_uri: string };
    const browser = createBrowser();
    const address = new URLSearchParams({ client_id: app.id, request_uri }).toString();
    const page = await browser.open(`${gatehouse().issuer}/auth?${address}`);
    const callback = await signIn(browser, page, await gatehouse().addUser());
    const { body } = await postForm(
      `${gatehouse().issuer}/token`,
      {
        grant_type: 'authorization_code',
        redirect_uri: REDIRECT_URI,
        code: String(new URL(callback.url).searchParams.get('code')),
      },
      basic(app),
    );
    const said = decodeJwt(String(body['id_token']));
    expect(Object.keys(said)).toEqual(expect.arrayContaining(['sub', 'aud', 'iss']));
    for (const name of ['__proto__', 'constructor', 'x', 'is_admin']) {
      expect(Object.hasOwn(said, name)).toBe(false);
    }
    expect({}).not.toHaveProperty('essential');
    await expectAlive(gatehouse());
  });
});
