import { beforeAll, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { certificateJwks } from '../../src/domain/certificate-jwks.js';
import { createCertificate, type Certificate } from '../support/certificates.js';
import { basic } from '../support/flow.js';
import { mutualTlsFlow, type Shown } from '../support/mutual-tls.js';
import { obtainTokens, REDIRECT_URI, relyingParty, signIn } from '../support/relying-party.js';

const API = 'https://api.example.com/orders';
const BOUND = { tls_client_certificate_bound_access_tokens: true };

let mine: Certificate;
let other: Certificate;
let authorized: Certificate;
beforeAll(async () => {
  [mine, other] = await Promise.all([
    createCertificate({ name: 'me' }),
    createCertificate({ name: 'other' }),
  ]);
}, 60_000);

/** RFC 8705 3.1. */
const thumbprint = ({ cert }: Shown) =>
  Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');

mutualTlsFlow('Access tokens that are bound to a certificate (RFC 8705 3)', (given) => {
  beforeAll(async () => {
    authorized = await given().authority.issue({ name: 'bank' });
    const { services } = given().instance.gatehouse;
    await services.add(API, { name: 'Orders', scopes: [{ name: 'orders:read', description: 'See orders' }] });
  }, 60_000);

  /** An app that shows `certificate` wherever it goes. */
  const app = async (
    settings: Parameters<ReturnType<typeof given>['instance']['addClient']>[0],
    certificate: Shown,
    auth?: client.ClientAuth,
  ) => {
    const { instance, as } = given();
    const added = await instance.addClient({ redirectUris: [REDIRECT_URI], ...settings });
    const rp = await relyingParty(instance.issuer, added, {
      send: as(certificate) as client.CustomFetch,
      metadata: { use_mtls_endpoint_aliases: true },
      ...(auth && { auth }),
    });
    return { ...added, rp };
  };
  const browse = () => createBrowser(given().as());

  const userinfo = async (token: string, certificate?: Shown) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await given().as(certificate)(`${given().base}/me`, { headers });
    return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '' };
  };

  test('the token of a person works with the certificate that got it, and with no other', async () => {
    const user = await given().instance.addUser();
    const { rp } = await app({ kind: 'spa', metadata: BOUND }, mine);
    const { access_token } = await obtainTokens(rp, user, {}, { browser: browse() });
    expect((await userinfo(access_token, mine)).status).toBe(200);
    for (const wrong of [other, undefined]) {
      const { status, challenge } = await userinfo(access_token, wrong);
      expect(status).toBe(401);
      expect(challenge).toMatch(/error="invalid_token"/u);
    }
  });

  test('a code is not redeemed without a certificate', async () => {
    const user = await given().instance.addUser();
    const { rp, id } = await app({ kind: 'spa', metadata: BOUND }, mine);
    const { url, checks } = await rp.begin();
    const browser = browse();
    const back = await signIn(browser, await browser.open(url), user);
    const form = {
      grant_type: 'authorization_code',
      client_id: id,
      code: new URL(back.url).searchParams.get('code')!,
      redirect_uri: REDIRECT_URI,
      code_verifier: checks.pkceCodeVerifier!,
    };
    expect(await given().post('/token', form)).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: expect.stringMatching(/grant request is invalid/u),
      },
    });
  });

  test('the refresh token of a public client is bound as well, and does not rotate', async () => {
    const user = await given().instance.addUser();
    const settings = { kind: 'spa', metadata: BOUND, refreshTokenWithoutOfflineAccess: true } as const;
    const { rp, id } = await app(settings, mine);
    const tokens = await obtainTokens(rp, user, {}, { browser: browse() });
    const form = { grant_type: 'refresh_token', client_id: id, refresh_token: tokens.refresh_token! };
    for (const wrong of [other, undefined])
      expect(await given().post('/token', form, wrong)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    const { status, body } = await given().post('/token', form, mine);
    expect([status, body['refresh_token']]).toEqual([200, tokens.refresh_token]);
    expect((await userinfo(String(body['access_token']), mine)).status).toBe(200);
    expect((await userinfo(String(body['access_token']), other)).status).toBe(401);
  });

  test('the refresh token of a client with a secret is not: it may renew its certificate', async () => {
    const user = await given().instance.addUser();
    const settings = { kind: 'web', metadata: BOUND, refreshTokenWithoutOfflineAccess: true } as const;
    const { rp, id, secret } = await app(settings, mine);
    const tokens = await obtainTokens(rp, user, {}, { browser: browse() });
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! };
    const { status, body } = await given().post('/token', form, other, basic({ id, secret }));
    expect(status).toBe(200);
    expect((await userinfo(String(body['access_token']), other)).status).toBe(200);
    expect((await userinfo(String(body['access_token']), mine)).status).toBe(401);
  });

  test('tokens for an API name the certificate, and so does their introspection', async () => {
    const { instance, post } = given();
    const settings = { kind: 'service' as const, resources: [API], metadata: BOUND };
    const { id, secret } = await instance.addClient(settings);
    const form = { grant_type: 'client_credentials', resource: API, scope: 'orders:read' };
    expect(await post('/token', form, undefined, basic({ id, secret }))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const { body } = await post('/token', form, mine, basic({ id, secret }));
    const cnf = { 'x5t#S256': thumbprint(mine) };
    expect(decodeJwt(String(body['access_token']))['cnf']).toEqual(cnf);
    const api = await instance.addClient({ kind: 'api', service: { resource: API } });
    const token = { token: String(body['access_token']) };
    expect(await post('/token/introspection', token, undefined, basic(api))).toMatchObject({
      body: { active: true, token_type: 'Bearer', cnf },
    });
    const opaque = await post('/token', { grant_type: 'client_credentials' }, mine, basic({ id, secret }));
    const ownToken = { token: String(opaque.body['access_token']) };
    expect(await post('/token/introspection', ownToken, undefined, basic({ id, secret }))).toMatchObject({
      body: { active: true, token_type: 'Bearer', cnf },
    });
  });

  test('a bound token is exchanged by who can show its certificate, for another that is bound (RFC 8693)', async () => {
    const { instance, post } = given();
    const [called, next] = ['https://api.example.com/called', 'https://api.example.com/next'];
    for (const resource of [called, next])
      await instance.gatehouse.services.add(resource, { name: 'API', scopes: [] });
    const exchanging = await instance.addClient({
      kind: 'api',
      service: { resource: called },
      metadata: BOUND,
      tokenExchange: { audiences: [called], targets: [next], impersonation: true },
    });
    const user = await instance.addUser();
    const { rp } = await app({ kind: 'spa', resources: [called], metadata: BOUND }, mine);
    const resource = { resource: called };
    const tokens = await obtainTokens(rp, user, resource, { browser: browse(), tokenParameters: resource });
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: tokens.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: next,
    };
    expect(await post('/token', form, other, basic(exchanging))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    expect(await post('/token', form, undefined, basic(exchanging))).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const { status, body } = await post('/token', form, mine, basic(exchanging));
    expect([status, decodeJwt(String(body['access_token']))['cnf']]).toEqual([
      200,
      { 'x5t#S256': thumbprint(mine) },
    ]);
  });

  test('FAPI 2.0: pushed request, PKCE, code, token and userinfo, all by one certificate', async () => {
    const user = await given().instance.addUser();
    const metadata = { ...BOUND, tls_client_auth_subject_dn: 'CN=bank' };
    const { rp } = await app(
      { kind: 'web', profile: 'fapi2', authMethod: 'tls_client_auth', metadata },
      authorized,
      client.TlsClientAuth(),
    );
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState() };
    const url = await client.buildAuthorizationUrlWithPAR(rp.config, {
      redirect_uri: REDIRECT_URI,
      scope: 'openid email',
      state: checks.expectedState,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    const browser = browse();
    const page = await signIn(browser, await browser.open(url.href), user);
    const tokens = await client.authorizationCodeGrant(rp.config, new URL(page.url), checks);
    const { sub } = tokens.claims()!;
    const claims = await client.fetchUserInfo(rp.config, tokens.access_token, sub);
    expect(claims.email).toBe(user.login);
    expect((await userinfo(tokens.access_token, mine)).status).toBe(401);
  });

  test('FAPI 2.0: proof by a certificate goes with tokens that are bound by DPoP, too', async () => {
    const settings = {
      kind: 'web',
      profile: 'fapi2',
      authMethod: 'self_signed_tls_client_auth',
      metadata: { jwks: certificateJwks(mine.cert) },
    } as const;
    const user = await given().instance.addUser();
    const { rp } = await app(settings, mine, client.TlsClientAuth());
    const DPoP = client.getDPoPHandle(rp.config, await client.randomDPoPKeyPair('ES256'));
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState() };
    const url = await client.buildAuthorizationUrlWithPAR(
      rp.config,
      {
        redirect_uri: REDIRECT_URI,
        scope: 'openid email',
        state: checks.expectedState,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: 'S256',
      },
      { DPoP },
    );
    const browser = browse();
    const page = await signIn(browser, await browser.open(url.href), user);
    const tokens = await client.authorizationCodeGrant(rp.config, new URL(page.url), checks, undefined, {
      DPoP,
    });
    const { sub } = tokens.claims()!;
    const claims = await client.fetchUserInfo(rp.config, tokens.access_token, sub, { DPoP });
    expect(claims.email).toBe(user.login);
  });
});
