import { beforeAll, expect, test } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { createBrowser } from '../support/browser.js';
import { ath, postWithProof, prover, type Prover } from '../support/dpop.js';
import { basic, flow, inParallel } from '../support/flow.js';
import { rawRequest } from '../support/raw-request.js';
import { expectAlive, expectRefusal } from '../support/refusals.js';
import { REDIRECT_URI, signIn, webApp, type RelyingParty } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const nonceOf = (headers: Record<string, unknown>) => String(headers['dpop-nonce']);
const PROOF = 'invalid_dpop_proof';
type Row = [what: string, make: (nonce: string) => Promise<string | string[]>, error?: string];

/** What a person's sign-in gives to an app whose tokens are bound to this key. */
async function boundTokens(gatehouse: Instance, by: Prover) {
  const { app, rp } = await webApp(gatehouse, { metadata: { dpop_bound_access_tokens: true } });
  const form = await codeOf(gatehouse, rp);
  const { status, body } = await postWithProof(by, `${gatehouse.issuer}/token`, form, basic(app));
  expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
  return { app, access: String(body['access_token']), refresh: String(body['refresh_token']) };
}

async function codeOf(gatehouse: Instance, rp: RelyingParty): Promise<Record<string, string>> {
  const { url, checks } = await rp.begin({ scope: 'openid offline_access', prompt: 'consent' });
  const browser = createBrowser();
  const page = await signIn(browser, await browser.open(url), await gatehouse.addUser());
  return {
    grant_type: 'authorization_code',
    code: String(new URL(page.url).searchParams.get('code')),
    redirect_uri: REDIRECT_URI,
    code_verifier: String(checks.pkceCodeVerifier),
  };
}

flow('A token that is bound to a key, at the userinfo endpoint (RFC 9449 7)', (gatehouse) => {
  let by: Prover;
  let url: string;
  let bound: Awaited<ReturnType<typeof boundTokens>>;
  beforeAll(async () => {
    by = await prover();
    url = `${gatehouse().issuer}/me`;
    bound = await boundTokens(gatehouse(), by);
  });

  const show = (headers: Record<string, string | string[]>) =>
    rawRequest(gatehouse(), { target: '/oidc/me', headers });
  const withProof = (DPoP: string | string[]) => show({ authorization: `DPoP ${bound.access}`, DPoP });
  const freshNonce = async () =>
    nonceOf((await withProof(await by.prove('GET', url, { ath: ath(bound.access) }))).headers);
  const right = async () => by.prove('GET', url, { nonce: await freshNonce(), ath: ath(bound.access) });

  test('is taken with a proof by that key, once', async () => {
    const DPoP = await right();
    expect(await withProof(DPoP)).toMatchObject({ status: 200 });
    const again = await withProof(DPoP);
    expectRefusal(gatehouse(), again, { status: 401, form: 'json', error: 'invalid_token' });
    expect(again.headers['www-authenticate']).toMatch(/^DPoP /u);
  });

  test('is taken once when one proof is shown many times at once', async () => {
    const DPoP = await right();
    const answers = await inParallel(8, () => withProof(DPoP));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array<number>(7).fill(401)]);
  });

  const own = () => ({ ath: ath(bound.access) });
  const rows: Row[] = [
    ['that is for another token', (nonce) => by.prove('GET', url, { nonce, ath: ath('x') })],
    ['that is for no token', (nonce) => by.prove('GET', url, { nonce })],
    ['that is for another method', (nonce) => by.prove('POST', url, { nonce, ...own() })],
    [
      'that is for the token endpoint',
      (nonce) => by.prove('GET', `${gatehouse().issuer}/token`, { nonce, ...own() }),
    ],
    ['without a nonce', () => by.prove('GET', url, own()), 'use_dpop_nonce'],
    ['with a nonce of somebody else', () => by.prove('GET', url, { nonce: 'x', ...own() }), 'use_dpop_nonce'],
    [
      'by another key',
      async (nonce) => (await prover()).prove('GET', url, { nonce, ...own() }),
      'invalid_token',
    ],
    [
      'beside another',
      async (nonce) => {
        const proof = await by.prove('GET', url, { nonce, ...own() });
        return [proof, proof];
      },
    ],
  ];
  test.each(rows)('is refused with a proof %s', async (_what, make, error = PROOF) => {
    const answer = await withProof(await make(await freshNonce()));
    expectRefusal(gatehouse(), answer, { status: 401, form: 'json', error });
    if (error === 'use_dpop_nonce') expect(answer.headers['dpop-nonce']).toMatch(/^\S{43}$/u);
    await expectAlive(gatehouse());
  });

  test.each<[what: string, headers: () => Promise<Record<string, string>>, status: number, error: string]>([
    ['as a bearer token', async () => ({ authorization: `Bearer ${bound.access}` }), 401, 'invalid_token'],
    [
      'as a bearer token, with a proof',
      async () => ({ authorization: `Bearer ${bound.access}`, DPoP: await right() }),
      400,
      'invalid_request',
    ],
    ['without a proof', async () => ({ authorization: `DPoP ${bound.access}` }), 400, 'invalid_request'],
  ])('is refused %s', async (_what, headers, status, error) => {
    const answer = await show(await headers());
    expectRefusal(gatehouse(), answer, { status, form: 'json', error });
    await expectAlive(gatehouse());
  });
});

flow('What is redeemed by another key than it was made for (RFC 9449 5, 10)', (gatehouse) => {
  test('a code that was asked for with the key of the app is refused from another', async () => {
    const [own, foreign] = [await prover(), await prover()];
    const { app, rp } = await webApp(gatehouse(), { metadata: { dpop_bound_access_tokens: true } });
    const dpop_jkt = await calculateJwkThumbprint(own.key.publicJwk);
    const begin: RelyingParty['begin'] = (more) => rp.begin({ ...more, dpop_jkt });
    const form = await codeOf(gatehouse(), { ...rp, begin });
    const answer = await postWithProof(foreign, `${gatehouse().issuer}/token`, form, basic(app));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await expectAlive(gatehouse());
  });

  test('a refresh token of a public app is refused with a proof by another key, and goes on with its own', async () => {
    const [own, foreign] = [await prover(), await prover()];
    const { app, rp } = await webApp(gatehouse(), { kind: 'spa' });
    const url = `${gatehouse().issuer}/token`;
    const { body } = await postWithProof(own, url, { ...(await codeOf(gatehouse(), rp)), client_id: app.id });
    const form = {
      grant_type: 'refresh_token',
      refresh_token: String(body['refresh_token']),
      client_id: app.id,
    };
    expect(await postWithProof(foreign, url, form)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await postWithProof(own, url, form)).toMatchObject({ status: 200 });
  });
});
