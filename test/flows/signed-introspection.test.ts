import { expect, test } from '@jest/globals';
import { compactDecrypt, createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { api, type Api } from '../support/api.js';
import { basic, flow, postForm } from '../support/flow.js';

const FORMATS = ['jwt', 'opaque'] as const;
const JWT = 'application/token-introspection+jwt';

flow('Introspection that is answered by a JWT (RFC 9701)', (gatehouse) => {
  async function tokenFor({ resource }: Api): Promise<string> {
    const app = await gatehouse().addClient({ kind: 'service', resources: [resource] });
    const form = { grant_type: 'client_credentials', resource };
    return String((await postForm(`${gatehouse().issuer}/token`, form, basic(app))).body['access_token']);
  }

  async function ask({ app }: Api, token: string, accept: string) {
    const answer = await fetch(`${gatehouse().issuer}/token/introspection`, {
      method: 'POST',
      headers: { ...basic(app), accept },
      body: new URLSearchParams({ token }),
    });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  }

  const verified = async (jwt: string, audience: string) => {
    const keys = createRemoteJWKSet(new URL(`${gatehouse().issuer}/jwks`));
    const { issuer } = gatehouse();
    return (await jwtVerify(jwt, keys, { issuer, audience, typ: 'token-introspection+jwt' })).payload;
  };

  test.each(FORMATS)(
    'is signed for a service that asks so about a token of the format %s',
    async (format) => {
      const metadata = { introspection_signed_response_alg: 'PS256' };
      const stock = await api(gatehouse(), format, { metadata });
      const { status, type, text } = await ask(stock, await tokenFor(stock), JWT);
      expect([status, type]).toEqual([200, `${JWT}; charset=utf-8`]);
      expect((await verified(text, stock.app.id))['token_introspection']).toMatchObject({
        active: true,
        aud: stock.resource,
      });
    },
  );

  test.each(FORMATS)('is signed as well where a token of the format %s is not for it', async (format) => {
    const metadata = { introspection_signed_response_alg: 'PS256' };
    const [stock, other] = [await api(gatehouse(), format, { metadata }), await api(gatehouse(), format)];
    const { text } = await ask(stock, await tokenFor(other), JWT);
    expect((await verified(text, stock.app.id))['token_introspection']).toEqual({ active: false });
  });

  test.each(FORMATS)('is JSON for one that does not ask for more, of the format %s', async (format) => {
    const metadata = { introspection_signed_response_alg: 'PS256' };
    const stock = await api(gatehouse(), format, { metadata });
    const { status, text } = await ask(stock, await tokenFor(stock), 'application/json');
    expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining({ active: true })]);
  });

  test.each(FORMATS)('is never in clear where it is to be encrypted: the format %s', async (format) => {
    const { privateKey, publicKey } = await generateKeyPair('RSA-OAEP-256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', use: 'enc', alg: 'RSA-OAEP-256' };
    const metadata = {
      jwks: { keys: [jwk] } as never,
      introspection_signed_response_alg: 'PS256',
      introspection_encrypted_response_alg: 'RSA-OAEP-256',
      introspection_encrypted_response_enc: 'A256GCM',
    };
    const stock = await api(gatehouse(), format, { metadata });
    const token = await tokenFor(stock);
    const clear = await ask(stock, token, 'application/json');
    expect([clear.status, JSON.parse(clear.text)]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_request' }),
    ]);
    const { plaintext } = await compactDecrypt((await ask(stock, token, JWT)).text, privateKey);
    const inner = await verified(new TextDecoder().decode(plaintext), stock.app.id);
    expect(inner['token_introspection']).toMatchObject({ active: true });
  });
});
