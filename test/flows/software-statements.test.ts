import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveDocuments, type DocumentServer } from '../support/document-server.js';
import { flow } from '../support/flow.js';
import { APP_URI, consentPage, manage, register } from '../support/registration.js';

const ON_FILE = 'https://directory.example.com';
const ONLINE = 'https://federation.example.com';
const UNREADABLE = 'https://unreadable.example.com';

type Signer = Awaited<ReturnType<typeof signer>>;

async function signer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] });
  const sign = (claims: JWTPayload, expires: string | number = '1h') =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(privateKey);
  return { jwks, sign };
}

let directory: string;
let documents: DocumentServer;
let onFile: Signer;
let online: Signer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-statements-'));
  documents = await serveDocuments();
  [onFile, online] = [await signer(), await signer()];
  await writeFile(join(directory, 'jwks.json'), onFile.jwks);
  documents.serve('/jwks', { body: online.jwks, headers: { 'content-type': 'application/json' } });
});
afterAll(async () => {
  await documents.close();
  await rm(directory, { recursive: true });
});

const options = {
  /** The addresses are known once the documents are served. */
  get env() {
    const issuers = [
      `${ON_FILE} ${join(directory, 'jwks.json')}`,
      `${ONLINE} ${documents.origin}/jwks`,
      `${UNREADABLE} ${join(directory, 'nothing.json')}`,
      'https://inside.example.com https://127.0.0.1:1/jwks',
    ];
    return {
      REGISTRATION: 'open',
      REGISTRATION_PER_ADDRESS: '1000',
      SOFTWARE_STATEMENT_ISSUERS: issuers.join(', '),
      OUTBOUND_ALLOWED_HOSTS: documents.host,
    };
  },
};

flow(
  'Software statements (RFC 7591 2.3)',
  (gatehouse) => {
    test.each([
      ['fixes its name and where it leads', { client_name: 'Acme', redirect_uris: [APP_URI] }, {}, false],
      ['leaves its name to it', { redirect_uris: [APP_URI] }, { client_name: 'Bank' }, true],
      ['leaves to it where it leads', { client_name: 'Acme' }, {}, true],
      [
        'leaves its picture to it',
        { client_name: 'Acme', redirect_uris: [APP_URI] },
        { logo_uri: 'https://evil.example/logo.png' },
        true,
      ],
    ])(
      'an app whose statement %s: whether people are told that nobody has checked it',
      async (_what, claims, metadata, isTold) => {
        const software_statement = await onFile.sign({ iss: ON_FILE, ...claims });
        const { body } = await register(gatehouse(), { ...metadata, software_statement });
        const app = { id: body.client_id, secret: body.client_secret };
        expect((await consentPage(gatehouse(), app)).includes('registered itself')).toBe(isTold);
      },
    );

    test('what the statement says counts, whatever the app says', async () => {
      const statement = await onFile.sign({
        iss: ON_FILE,
        client_name: 'Acme Bank',
        redirect_uris: [APP_URI],
        software_id: 'acme-bank',
        first_party: true,
      });
      const { status, body } = await register(gatehouse(), {
        client_name: 'Other Bank',
        redirect_uris: ['https://evil.example/callback'],
        contacts: ['ada@example.com'],
        software_statement: statement,
      });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        client_name: 'Acme Bank',
        redirect_uris: [APP_URI],
        software_id: 'acme-bank',
        contacts: ['ada@example.com'],
        software_statement: statement,
      });
      const stored = await gatehouse().gatehouse.clients.find(body.client_id);
      expect(stored?.metadata).not.toHaveProperty('first_party');
    });

    test('it goes on to count when the app changes itself without it', async () => {
      const software_statement = await onFile.sign({ iss: ON_FILE, client_name: 'Acme Bank' });
      const { body } = await register(gatehouse(), { software_statement });
      const renamed = { client_id: body.client_id, redirect_uris: [APP_URI], client_name: 'Other Bank' };
      expect((await manage(body).update(renamed)).body.client_name).toBe('Acme Bank');
      const newer = await onFile.sign({ iss: ON_FILE, client_name: 'Acme Group' });
      const replaced = await manage(body).update({ ...renamed, software_statement: newer });
      expect(replaced.body).toMatchObject({ client_name: 'Acme Group', software_statement: newer });
    });

    test('the keys of an issuer may be online', async () => {
      const software_statement = await online.sign({ iss: ONLINE, client_name: 'Acme Online' });
      for (let count = 0; count < 2; count += 1) {
        const { status, body } = await register(gatehouse(), { software_statement });
        expect([status, body.client_name]).toEqual([201, 'Acme Online']);
      }
    });

    test('it is judged as what an app says of itself', async () => {
      const redirect_uris = ['https://10.0.0.1/callback'];
      const software_statement = await onFile.sign({ iss: ON_FILE, redirect_uris });
      expect(await register(gatehouse(), { software_statement })).toMatchObject({
        status: 400,
        body: { error: 'invalid_redirect_uri' },
      });
    });

    const claims = { iss: ON_FILE, client_name: 'Acme Bank' };
    const bad: [string, () => Promise<unknown>, string][] = [
      ['of somebody else', async () => (await signer()).sign({ iss: 'https://other.example' }), 'unapproved'],
      ['that names nobody', async () => (await signer()).sign({ client_name: 'Acme Bank' }), 'unapproved'],
      ['that is forged', async () => (await signer()).sign(claims), 'invalid'],
      ['signed by another issuer', async () => online.sign(claims), 'invalid'],
      ['that is not signed', async () => new UnsecuredJWT(claims).encode(), 'invalid'],
      ['that has expired', async () => onFile.sign(claims, Math.floor(Date.now() / 1000) - 60), 'invalid'],
      ['for another server', async () => onFile.sign({ ...claims, aud: 'https://other.example' }), 'invalid'],
      ['changed on the way', async () => changed(await onFile.sign(claims)), 'invalid'],
      ['signed by the public key', async () => hmac(onFile.jwks), 'invalid'],
      ['that is no JWT', async () => 'statement', 'invalid'],
      ['that is no text', async () => ({ iss: ON_FILE }), 'invalid'],
      ['whose keys cannot be read', async () => onFile.sign({ iss: UNREADABLE }), 'invalid'],
      ['whose keys lie inside', async () => onFile.sign({ iss: 'https://inside.example.com' }), 'invalid'],
    ];

    test.each(bad)('a statement %s: refused', async (_which, make, error) => {
      const answer = await register(gatehouse(), { software_statement: await make() });
      expect(answer).toMatchObject({ status: 400, body: { error: `${error}_software_statement` } });
    });

    test('one for this server is taken', async () => {
      const software_statement = await onFile.sign({ ...claims, aud: gatehouse().issuer });
      expect(await register(gatehouse(), { software_statement })).toMatchObject({ status: 201 });
    });
  },
  options,
);

flow(
  'Software statements where no issuer is named',
  (gatehouse) => {
    test('are refused, not left unread', async () => {
      const software_statement = await onFile.sign({ iss: ON_FILE });
      const answer = await register(gatehouse(), { software_statement });
      expect(answer).toMatchObject({ status: 400, body: { error: 'unapproved_software_statement' } });
    });
  },
  { env: { REGISTRATION: 'open' } },
);

/** With one claim exchanged, under the signature that was made before. */
function changed(statement: string): string {
  const [header, payload = '', signature] = statement.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const other = Buffer.from(JSON.stringify({ ...claims, client_name: 'Other' })).toString('base64url');
  return [header, other, signature].join('.');
}

/** As if the public keys were a secret. */
function hmac(jwks: string): Promise<string> {
  return new SignJWT({ iss: ON_FILE })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(new TextEncoder().encode(jwks));
}
