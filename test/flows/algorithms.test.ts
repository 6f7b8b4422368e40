import { createHmac, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  CompactEncrypt,
  createRemoteJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type JWK,
} from 'jose';
import { createBrowser } from '../support/browser.js';
import { ASSERTION_TYPE, clientAssertion, clientKey } from '../support/client-keys.js';
import { basic, flow, postForm } from '../support/flow.js';
import { obtainTokens, REDIRECT_URI, signIn, webApp } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const SIGNING = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const KEY_MANAGEMENT = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'];
const CONTENT = ['A128GCM', 'A256GCM'];

const jwksOf = (gatehouse: Instance) => createRemoteJWKSet(new URL(`${gatehouse.issuer}/jwks`));

flow('What Gatehouse signs (RFC 7518 3)', (gatehouse) => {
  test.each(SIGNING)('ID tokens by %s, for the client that is set to it', async (alg) => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse(), { metadata: { id_token_signed_response_alg: alg } });
    const { id_token } = await obtainTokens(rp, user);
    const { protectedHeader, payload } = await jwtVerify(id_token!, jwksOf(gatehouse()), {
      issuer: gatehouse().issuer,
      audience: app.id,
    });
    expect(protectedHeader.alg).toBe(alg);
    expect(payload.sub).toBe(user.id);
  });

  test('ID tokens by RS256 for a client that says nothing (OpenID Connect Registration 2)', async () => {
    const { rp } = await webApp(gatehouse());
    const { id_token } = await obtainTokens(rp, await gatehouse().addUser());
    expect(decodeProtectedHeader(id_token!).alg).toBe('RS256');
  });

  test.each(SIGNING)('access tokens by %s, for the service that is set to it', async (tokenAlg) => {
    const resource = `https://${tokenAlg.toLowerCase()}.example.com/`;
    await gatehouse().gatehouse.services.add(resource, { name: 'Orders', tokenAlg });
    const app = await gatehouse().addClient({ kind: 'service', resources: [resource] });
    const form = { grant_type: 'client_credentials', resource };
    const { body } = await postForm(`${gatehouse().issuer}/token`, form, basic(app));
    const { protectedHeader } = await jwtVerify(String(body['access_token']), jwksOf(gatehouse()), {
      issuer: gatehouse().issuer,
      audience: resource,
      typ: 'at+jwt',
    });
    expect(protectedHeader.alg).toBe(tokenAlg);
  });

  test.each(['none', 'HS256', 'RS1', 'RS512', 'ES512', 'Ed25519'])('nothing by %s', async (alg) => {
    const refused = expect.objectContaining({ code: 'invalid' });
    await expect(
      gatehouse().addClient({
        kind: 'web',
        redirectUris: [REDIRECT_URI],
        metadata: { id_token_signed_response_alg: alg },
      }),
    ).rejects.toEqual(refused);
    await expect(
      gatehouse().gatehouse.services.add('https://weak.example.com/', { name: 'Weak', tokenAlg: alg }),
    ).rejects.toEqual(refused);
  });
});

flow('Client assertions (RFC 7523 3)', (gatehouse) => {
  const authenticate = async (alg: string, registered = alg) => {
    const { privateKey, jwks } = await clientKey(alg);
    const app = await gatehouse().addClient({
      kind: 'service',
      authMethod: 'private_key_jwt',
      metadata: { jwks: jwks as never, token_endpoint_auth_signing_alg: registered },
    });
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg, kid: 'one' })
      .setIssuer(app.id)
      .setSubject(app.id)
      .setAudience(gatehouse().issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);
    return postForm(`${gatehouse().issuer}/token`, {
      grant_type: 'client_credentials',
      client_id: app.id,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  };

  test.each([...SIGNING, 'Ed25519'])('by %s are taken', async (alg) => {
    expect(await authenticate(alg)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  });

  test.each([
    ['RS512', 'RS256'],
    ['ES512', 'ES256'],
    ['RS256', 'PS256'],
  ])('by %s are refused from a client that is to use %s', async (alg, registered) => {
    expect(await authenticate(alg, registered)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });
});

flow('A client assertion that ends at an unusual time (RFC 7519 2)', (gatehouse) => {
  test.each([
    ['a fraction of a second', Math.floor(Date.now() / 1000) + 600.123_456_7],
    ['later than any date', 1e308],
  ])('%s is taken, once', async (_what, exp) => {
    const key = await clientKey();
    const { id } = await gatehouse().addClient({
      kind: 'service',
      authMethod: 'private_key_jwt',
      metadata: { jwks: key.jwks as never },
    });
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await clientAssertion(key, id, gatehouse().issuer, { exp }),
    };
    const present = () => postForm(`${gatehouse().issuer}/token`, form);
    expect(await present()).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    expect(await present()).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

flow('What Gatehouse says of algorithms (OpenID Connect Discovery 3)', (gatehouse) => {
  test('is this list, on which neither none nor RSA1_5 is', async () => {
    const response = await fetch(`${gatehouse().issuer}/.well-known/openid-configuration`);
    const metadata = (await response.json()) as Record<string, unknown>;
    const listed = Object.fromEntries(
      Object.entries(metadata)
        .filter(([name]) => /_(?:alg|enc)_values_supported$/u.test(name))
        .map(([name, values]) => [name, (values as string[]).toSorted()]),
    );
    const sorted = (...values: string[]) => values.toSorted();
    const signed = sorted(...SIGNING);
    const managed = sorted(...KEY_MANAGEMENT, 'dir');
    expect(listed).toEqual({
      id_token_signing_alg_values_supported: signed,
      userinfo_signing_alg_values_supported: signed,
      introspection_signing_alg_values_supported: signed,
      authorization_signing_alg_values_supported: signed,
      request_object_signing_alg_values_supported: sorted(...SIGNING, 'Ed25519'),
      dpop_signing_alg_values_supported: sorted('ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256'),
      token_endpoint_auth_signing_alg_values_supported: sorted(...SIGNING, 'Ed25519', 'HS256'),
      ...Object.fromEntries(
        ['id_token', 'userinfo', 'introspection', 'authorization', 'request_object'].flatMap((what) => [
          [`${what}_encryption_alg_values_supported`, managed],
          [`${what}_encryption_enc_values_supported`, CONTENT],
        ]),
      ),
    });
  });
});

flow('Request objects that are encrypted for Gatehouse (RFC 9101 6.1)', (gatehouse) => {
  let signing: Awaited<ReturnType<typeof clientKey>>;
  let app: { id: string; secret: string };
  beforeAll(async () => {
    signing = await clientKey('ES256');
    app = await gatehouse().addClient({
      kind: 'web',
      firstParty: true,
      redirectUris: [REDIRECT_URI],
      requirePkce: false,
      metadata: { jwks: signing.jwks as never, request_object_signing_alg: 'ES256' },
    });
  });

  const signedRequest = () =>
    new SignJWT({
      client_id: app.id,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      state: 'from-inside',
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'oauth-authz-req+jwt' })
      .setIssuer(app.id)
      .setAudience(gatehouse().issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(signing.privateKey);

  const encryptFor = async (jwk: JWK, header: { alg: string; enc: string }, text: string) =>
    new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ ...header, cty: 'oauth-authz-req+jwt', ...(jwk.kid ? { kid: jwk.kid } : {}) })
      .encrypt(await importJWK(jwk, header.alg));

  const published = async (alg: string): Promise<JWK> => {
    const { keys } = (await (await fetch(`${gatehouse().issuer}/jwks`)).json()) as { keys: JWK[] };
    return keys.find((key) => key.use === 'enc' && key.alg === alg)!;
  };

  const authorization = (request: string) =>
    `${gatehouse().issuer}/auth?${new URLSearchParams({ client_id: app.id, scope: 'openid', request }).toString()}`;

  test.each(KEY_MANAGEMENT.flatMap((alg) => CONTENT.map((enc) => ({ alg, enc }))))(
    'by $alg and $enc are read',
    async (header) => {
      const request = await encryptFor(await published(header.alg), header, await signedRequest());
      const browser = createBrowser();
      const user = await gatehouse().addUser();
      const callback = await signIn(browser, await browser.open(authorization(request)), user);
      const { searchParams } = new URL(callback.url);
      expect(Object.fromEntries(searchParams)).toEqual({
        code: expect.any(String),
        state: 'from-inside',
        iss: gatehouse().issuer,
      });
    },
  );

  const refusals: [string, () => Promise<string>][] = [
    [
      'for the key of somebody else',
      async () => {
        const { publicKey } = await generateKeyPair('ECDH-ES', { extractable: true });
        return encryptFor(
          await exportJWK(publicKey),
          { alg: 'ECDH-ES', enc: 'A256GCM' },
          await signedRequest(),
        );
      },
    ],
    [
      'for a key that signs',
      async () => {
        const { keys } = (await (await fetch(`${gatehouse().issuer}/jwks`)).json()) as { keys: JWK[] };
        const { use: _use, alg: _alg, ...rs256 } = keys.find((key) => key.alg === 'RS256')!;
        return encryptFor(rs256, { alg: 'RSA-OAEP-256', enc: 'A256GCM' }, await signedRequest());
      },
    ],
    [
      'by RSA-OAEP, which is SHA-1',
      async () => {
        const { alg: _alg, ...jwk } = await published('RSA-OAEP-256');
        return encryptFor(jwk, { alg: 'RSA-OAEP', enc: 'A256GCM' }, await signedRequest());
      },
    ],
    [
      'by CBC',
      async () =>
        encryptFor(
          await published('ECDH-ES'),
          { alg: 'ECDH-ES', enc: 'A128CBC-HS256' },
          await signedRequest(),
        ),
    ],
    [
      'by RSA1_5',
      async () => {
        const [, ...rest] = (
          await encryptFor(
            await published('RSA-OAEP-256'),
            { alg: 'RSA-OAEP-256', enc: 'A256GCM' },
            await signedRequest(),
          )
        ).split('.');
        const { kid } = await published('RSA-OAEP-256');
        const header = JSON.stringify({ alg: 'RSA1_5', enc: 'A256GCM', kid });
        return [Buffer.from(header).toString('base64url'), ...rest].join('.');
      },
    ],
    [
      'and changed on the way',
      async () => {
        const request = await encryptFor(
          await published('ECDH-ES'),
          { alg: 'ECDH-ES', enc: 'A256GCM' },
          await signedRequest(),
        );
        return `${request.slice(0, -4)}AAAA`;
      },
    ],
    [
      'and not signed inside',
      async () => {
        const body = {
          client_id: app.id,
          response_type: 'code',
          redirect_uri: REDIRECT_URI,
          scope: 'openid',
        };
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const unsigned = `${part({ alg: 'none' })}.${part(body)}.`;
        return encryptFor(await published('ECDH-ES'), { alg: 'ECDH-ES', enc: 'A256GCM' }, unsigned);
      },
    ],
    [
      'and signed inside by the public key as a secret',
      async () => {
        const body = {
          client_id: app.id,
          response_type: 'code',
          redirect_uri: REDIRECT_URI,
          scope: 'openid',
        };
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const input = `${part({ alg: 'HS256', kid: 'one' })}.${part(body)}`;
        const signature = createHmac('sha256', JSON.stringify(signing.jwks.keys[0])).update(input);
        return encryptFor(
          await published('ECDH-ES'),
          { alg: 'ECDH-ES', enc: 'A256GCM' },
          `${input}.${signature.digest('base64url')}`,
        );
      },
    ],
  ];
  describe('are refused', () => {
    test.each(refusals)('%s', async (_what, make) => {
      const page = await createBrowser().open(authorization(await make()), { stopAt: REDIRECT_URI });
      expect(page).toMatchObject({
        status: 400,
        html: expect.stringContaining('<code>invalid_request_object</code> (400)'),
      });
    });
  });
});
