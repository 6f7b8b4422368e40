import { expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { exportJWK } from 'jose';
import { createBrowser } from '../support/browser.js';
import { ath, postWithProof, prover, type Prover } from '../support/dpop.js';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const form = { grant_type: 'client_credentials' };

async function program(gatehouse: Instance) {
  const url = `${gatehouse.issuer}/token`;
  const headers = basic(await gatehouse.addClient({ kind: 'service' }));
  const send = (DPoP: string) => postForm(url, form, { ...headers, DPoP });
  const by = await prover();
  const nonce = (await send(await by.prove('POST', url))).headers.get('dpop-nonce')!;
  return { url, headers, send, by, nonce };
}

const b64 = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

flow('DPoP proofs (RFC 9449 4.3)', (gatehouse) => {
  test('count once, also when they come in parallel', async () => {
    const { url, send, by, nonce } = await program(gatehouse());
    const proof = await by.prove('POST', url, { nonce });
    const answers = await inParallel(10, () => send(proof));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200))
      expect([status, body['error']]).toEqual([400, 'invalid_grant']);
  });

  test('without a nonce of the server, or with one that it never gave, get a nonce', async () => {
    const { url, send, by } = await program(gatehouse());
    for (const claims of [{}, { nonce: 'x'.repeat(43) }]) {
      const { status, body, headers } = await send(await by.prove('POST', url, claims));
      expect([status, body['error']]).toEqual([400, 'use_dpop_nonce']);
      expect(headers.get('dpop-nonce')).toMatch(/^[\w-]{20,}$/u);
    }
  });

  test('are dated by their nonce, so that the clock of a device may be wrong', async () => {
    const { url, send, by, nonce } = await program(gatehouse());
    expect((await send(await by.prove('POST', url, { nonce, iat: 1_700_000_000 }))).status).toBe(200);
  });

  type Make = (by: Prover, url: string, nonce: string) => Promise<string>;
  test.each<[what: string, make: Make]>([
    ['for another address', (by, url, nonce) => by.prove('POST', `${url}/introspection`, { nonce })],
    ['for another method', (by, url, nonce) => by.prove('GET', url, { nonce })],
    ['without a name of their own', (by, url, nonce) => by.prove('POST', url, { nonce, jti: undefined })],
    ['of another type', (by, url, nonce) => by.prove('POST', url, { nonce }, { typ: 'JWT' })],
    [
      'with the private key in them',
      async (by, url, nonce) => by.prove('POST', url, { nonce }, { jwk: await exportJWK(by.key.privateKey) }),
    ],
    ['without a key', (by, url, nonce) => by.prove('POST', url, { nonce }, { jwk: undefined })],
    [
      'with another key than they are signed by',
      async (by, url, nonce) => {
        const { kid: _kid, use: _use, alg: _alg, ...jwk } = (await prover()).key.publicJwk;
        return by.prove('POST', url, { nonce }, { jwk });
      },
    ],
    [
      'signed by a shared key',
      async (_by, url, nonce) => {
        const jwk = { kty: 'oct', k: b64('secret') };
        const claims = { htm: 'POST', htu: url, jti: 'x', iat: Math.floor(Date.now() / 1000), nonce };
        const signed = `${b64({ alg: 'HS256', typ: 'dpop+jwt', jwk })}.${b64(claims)}`;
        return `${signed}.${createHmac('sha256', 'secret').update(signed).digest('base64url')}`;
      },
    ],
    [
      'without a signature',
      async (by, url, nonce) => {
        const [, claims] = (await by.prove('POST', url, { nonce })).split('.');
        return `${b64({ alg: 'none', typ: 'dpop+jwt', jwk: by.key.publicJwk })}.${claims}.`;
      },
    ],
    ['signed by RS256', async (_by, url, nonce) => (await prover('RS256')).prove('POST', url, { nonce })],
    [
      'that are two',
      async (by, url, nonce) =>
        `${await by.prove('POST', url, { nonce })}, ${await by.prove('POST', url, { nonce })}`,
    ],
    ['that are none', async () => 'x'],
  ])('%s are refused', async (_what, make) => {
    const { url, send, by, nonce } = await program(gatehouse());
    const { status, body } = await send(await make(by, url, nonce));
    expect([status, body['error']]).toEqual([400, 'invalid_dpop_proof']);
  });

  test('a bound token is nothing without a proof for it, by its own key', async () => {
    const { app, rp } = await webApp(gatehouse(), { kind: 'spa' });
    const by = await prover();
    const me = `${gatehouse().issuer}/me`;
    const code = await obtainTokensBoundTo(gatehouse(), rp, app.id, by);
    const token = code['access_token'] as string;
    const get = async (prove: (nonce?: string) => Promise<string>, scheme = 'DPoP') => {
      const send = (DPoP: string) => fetch(me, { headers: { authorization: `${scheme} ${token}`, DPoP } });
      const first = await send(await prove());
      const nonce = first.headers.get('dpop-nonce');
      return nonce === null ? first : send(await prove(nonce));
    };
    const claims = (nonce?: string) => ({ ath: ath(token), ...(nonce === undefined ? {} : { nonce }) });
    expect((await get((nonce) => by.prove('GET', me, claims(nonce)))).status).toBe(200);

    const stranger = await prover();
    expect((await get((nonce) => stranger.prove('GET', me, claims(nonce)))).status).toBe(401);
    expect((await get((nonce) => by.prove('GET', me, { ...claims(nonce), ath: ath('x') }))).status).toBe(401);
    expect((await get((nonce) => by.prove('GET', me, { ...claims(nonce), ath: undefined }))).status).toBe(
      401,
    );
    expect((await fetch(me, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    expect((await fetch(me, { headers: { authorization: `DPoP ${token}` } })).status).toBe(400);

    const refresh = {
      grant_type: 'refresh_token',
      client_id: app.id,
      refresh_token: String(code['refresh_token']),
    };
    const url = `${gatehouse().issuer}/token`;
    expect((await postWithProof(stranger, url, refresh)).body['error']).toBe('invalid_grant');
    expect((await postForm(url, refresh)).status).toBe(400);
    expect((await postWithProof(by, url, refresh)).status).toBe(200);
  });
});

/** A sign-in at an app without a secret, whose code is redeemed with a proof. */
async function obtainTokensBoundTo(
  gatehouse: Instance,
  rp: Awaited<ReturnType<typeof webApp>>['rp'],
  clientId: string,
  by: Prover,
): Promise<Record<string, unknown>> {
  const { url, checks } = await rp.begin({ scope: 'openid offline_access', prompt: 'consent' });
  const browser = createBrowser();
  const page = await browser.open(url, { stopAt: REDIRECT_URI });
  const callback = await signIn(browser, page, await gatehouse.addUser());
  const { body } = await postWithProof(by, `${gatehouse.issuer}/token`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code: new URL(callback.url).searchParams.get('code')!,
    code_verifier: String(checks.pkceCodeVerifier),
  });
  return body;
}
