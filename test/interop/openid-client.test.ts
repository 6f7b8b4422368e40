import { expect, jest, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { REDIRECT_URI } from '../support/relying-party.js';
import { letIn, tv } from '../support/tv.js';
import { appKey, nodeApp, signInAt } from './node-app.js';

// RSA keys are made, which takes seconds on a busy machine.
jest.setTimeout(60_000);

// Code flow, refresh, sign-out and registration by openid-client are in test/flows/, introspection and revocation in
// test/demo/.

/** What Gatehouse signs with for an app that signs so itself: openid-client has the name of RFC 9864 for EdDSA. */
const answersTo = (alg: string) => (alg === 'Ed25519' ? 'EdDSA' : alg);

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };

/** Notes each answer of the token endpoint, and whether the proof of its request had a nonce. */
function watchTokenRequests(config: client.Configuration): { status: number; nonce: boolean }[] {
  const seen: { status: number; nonce: boolean }[] = [];
  config[client.customFetch] = async (url, init) => {
    const response = await fetch(url, init as RequestInit);
    if (url === config.serverMetadata().token_endpoint) {
      const [, payload = ''] = (new Headers(init.headers).get('dpop') ?? '').split('.');
      const proof = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as object;
      seen.push({ status: response.status, nonce: 'nonce' in proof });
    }
    return response;
  };
  return seen;
}

flow('openid-client with DPoP (RFC 9449)', (gatehouse) => {
  test.each(['ES256', 'Ed25519', 'PS256'])(
    'learns the nonce, and holds tokens bound to its key: %s',
    async (alg) => {
      const user = await gatehouse().addUser();
      const config = await nodeApp(gatehouse(), {});
      const requests = watchTokenRequests(config);
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg));
      const { redeem } = await signInAt(config, user, undefined, { DPoP });
      const tokens = await redeem();
      expect(requests).toEqual([
        { status: 400, nonce: false },
        { status: 200, nonce: true },
      ]);
      expect(tokens.token_type).toBe('dpop');
      const userinfo = await client.fetchUserInfo(config, tokens.access_token, user.id, { DPoP });
      expect(userinfo.email).toBe(user.login);
      const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg));
      for (const options of [{ DPoP: other }, {}]) {
        const stolen = client.fetchUserInfo(config, tokens.access_token, user.id, options);
        await expect(stolen).rejects.toMatchObject({ status: 401 });
      }
    },
  );

  test('a public app refreshes with its key, and with no other', async () => {
    const user = await gatehouse().addUser();
    const config = await nodeApp(gatehouse(), { kind: 'spa' });
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const { redeem } = await signInAt(config, user, undefined, { DPoP, parameters: OFFLINE });
    const { refresh_token } = await redeem();
    const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    await expect(
      client.refreshTokenGrant(config, refresh_token!, undefined, { DPoP: other }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    const refreshed = await client.refreshTokenGrant(config, refresh_token!, undefined, { DPoP });
    expect([refreshed.token_type, refreshed.claims()?.sub]).toEqual(['dpop', user.id]);
  });
});

flow('openid-client with pushed authorization requests (RFC 9126)', (gatehouse) => {
  test('sends the browser with a reference alone', async () => {
    const user = await gatehouse().addUser();
    const config = await nodeApp(gatehouse(), { metadata: { require_pushed_authorization_requests: true } });
    const { url, redeem } = await signInAt(config, user, (parameters) =>
      client.buildAuthorizationUrlWithPAR(config, parameters),
    );
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    expect((await redeem()).claims()?.sub).toBe(user.id);
  });

  test('an app that is to push is not let in otherwise', async () => {
    const config = await nodeApp(gatehouse(), { metadata: { require_pushed_authorization_requests: true } });
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    });
    const { searchParams } = new URL((await createBrowser().open(url.href, { stopAt: REDIRECT_URI })).url);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: 'invalid_request',
      error_description: 'Pushed Authorization Request must be used',
    });
  });

  test('a code that was asked for with a key is redeemed with it alone (RFC 9449 10)', async () => {
    const user = await gatehouse().addUser();
    const config = await nodeApp(gatehouse(), {});
    const [DPoP, other] = [
      client.getDPoPHandle(config, await client.randomDPoPKeyPair()),
      client.getDPoPHandle(config, await client.randomDPoPKeyPair()),
    ];
    const push = (parameters: Record<string, string>) =>
      client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
    const stolen = await signInAt(config, user, push);
    await expect(stolen.redeem({ DPoP: other })).rejects.toMatchObject({ error: 'invalid_grant' });
    const own = await signInAt(config, user, push);
    expect((await own.redeem({ DPoP })).token_type).toBe('dpop');
  });
});

flow('openid-client with signed requests and answers (RFC 9101, JARM)', (gatehouse) => {
  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'Ed25519'])('both by %s', async (alg) => {
    const user = await gatehouse().addUser();
    const { own, jwk } = await appKey(alg);
    const metadata = {
      jwks: { keys: [jwk] },
      require_signed_request_object: true,
      request_object_signing_alg: alg,
      authorization_signed_response_alg: answersTo(alg),
    };
    const config = await nodeApp(gatehouse(), { metadata }, undefined, [client.useJwtResponseMode]);
    const { url, callback, redeem } = await signInAt(config, user, (parameters) =>
      client.buildAuthorizationUrlWithJAR(config, parameters, own),
    );
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request']);
    expect([...callback.searchParams.keys()]).toEqual(['response']);
    expect(decodeProtectedHeader(callback.searchParams.get('response')!).alg).toBe(answersTo(alg));
    expect((await redeem()).claims()?.sub).toBe(user.id);
  });

  test('an answer that is encrypted for the app', async () => {
    const user = await gatehouse().addUser();
    const { own, jwk } = await appKey('ECDH-ES', 'enc');
    const metadata = {
      jwks: { keys: [jwk] },
      authorization_encrypted_response_alg: 'ECDH-ES',
      authorization_encrypted_response_enc: 'A256GCM',
    };
    const config = await nodeApp(gatehouse(), { metadata }, undefined, [client.useJwtResponseMode]);
    client.enableDecryptingResponses(config, ['A256GCM'], own);
    const { callback, redeem } = await signInAt(config, user);
    expect(callback.searchParams.get('response')?.split('.')).toHaveLength(5);
    expect((await redeem()).claims()?.sub).toBe(user.id);
  });
});

flow('openid-client with answers that are encrypted for it (RFC 7516)', (gatehouse) => {
  test.each([
    ['RSA-OAEP-256', 'A128GCM'],
    ['RSA-OAEP-256', 'A256GCM'],
    ['ECDH-ES', 'A128GCM'],
    ['ECDH-ES+A256KW', 'A256GCM'],
  ])('ID tokens and userinfo by %s and %s', async (alg, enc) => {
    const user = await gatehouse().addUser();
    const { own, jwk } = await appKey(alg, 'enc');
    const metadata = {
      jwks: { keys: [jwk] },
      id_token_encrypted_response_alg: alg,
      id_token_encrypted_response_enc: enc,
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: alg,
      userinfo_encrypted_response_enc: enc,
    };
    const config = await nodeApp(gatehouse(), { metadata });
    client.enableDecryptingResponses(config, [enc], own);
    const { redeem } = await signInAt(config, user);
    const tokens = await redeem();
    expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg, enc, kid: jwk['kid'] });
    expect(tokens.claims()?.sub).toBe(user.id);
    expect((await client.fetchUserInfo(config, tokens.access_token, user.id)).email).toBe(user.login);
  });
});

flow('openid-client as a client of the profile fapi2 (FAPI 2.0)', (gatehouse) => {
  test.each(['PS256', 'ES256', 'Ed25519'])(
    'Security Profile: private_key_jwt, PAR and DPoP, with %s',
    async (alg) => {
      const user = await gatehouse().addUser();
      const { own, jwk } = await appKey(alg);
      const { config, DPoP } = await fapiApp(alg, own, { jwks: { keys: [jwk] } });
      const { redeem } = await signInAt(
        config,
        user,
        (parameters) => client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }),
        { DPoP, parameters: OFFLINE },
      );
      const tokens = await redeem();
      expect([tokens.token_type, tokens.claims()?.sub]).toEqual(['dpop', user.id]);
      expect(decodeProtectedHeader(tokens.id_token!).alg).toBe(answersTo(alg));
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP });
      // FAPI 2.0 Security Profile 5.3.2.1-10: refresh tokens do not rotate.
      expect(refreshed.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
      expect((await client.fetchUserInfo(config, refreshed.access_token, user.id, { DPoP })).sub).toBe(
        user.id,
      );
    },
  );

  test('Message Signing: signed requests, answers and introspection besides', async () => {
    const user = await gatehouse().addUser();
    const { own, jwk } = await appKey('PS256');
    const { config, DPoP } = await fapiApp('PS256', own, {
      jwks: { keys: [jwk] },
      require_signed_request_object: true,
      introspection_signed_response_alg: 'PS256',
    });
    client.useJwtResponseMode(config);
    client.enableNonRepudiationChecks(config);
    const { url, callback, redeem } = await signInAt(
      config,
      user,
      async (parameters) => {
        const { searchParams } = await client.buildAuthorizationUrlWithJAR(config, parameters, own);
        return client.buildAuthorizationUrlWithPAR(config, searchParams, { DPoP });
      },
      { DPoP },
    );
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
    expect([...callback.searchParams.keys()]).toEqual(['response']);
    const { access_token } = await redeem();
    const seen = await client.tokenIntrospection(config, access_token);
    expect(seen).toMatchObject({
      active: true,
      sub: user.id,
      token_type: 'DPoP',
      cnf: { jkt: expect.any(String) },
    });
  });

  async function fapiApp(alg: string, own: Awaited<ReturnType<typeof appKey>>['own'], members: object) {
    const metadata = {
      token_endpoint_auth_signing_alg: alg,
      request_object_signing_alg: alg,
      id_token_signed_response_alg: answersTo(alg),
      authorization_signed_response_alg: answersTo(alg),
      ...members,
    };
    const settings = { profile: 'fapi2', authMethod: 'private_key_jwt', metadata } as const;
    const config = await nodeApp(gatehouse(), settings, client.PrivateKeyJwt(own));
    return { config, DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) };
  }
});

flow('openid-client on a device (RFC 8628)', (gatehouse) => {
  test('polls at the pace that it was told', async () => {
    const user = await gatehouse().addUser();
    const { config, start } = await tv(gatehouse());
    const started = await start();
    const tokens = client.pollDeviceAuthorizationGrant(config, started);
    await letIn(createBrowser(), started, user);
    expect((await tokens).claims()?.sub).toBe(user.id);
  });
});
