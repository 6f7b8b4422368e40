import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as oauth from 'openid-client';
import { createBrowser } from '../support/browser.js';
import { serveDocuments, type DocumentServer } from '../support/document-server.js';
import { signIn } from '../support/relying-party.js';
import { demoFolder, startDemo, type DemoProcess } from './demo-process.js';

jest.setTimeout(30_000);

/** A command-line program, as most MCP clients are: it listens on a port of 127.0.0.1 that happens to be free. */
const CALLBACK = 'http://127.0.0.1:54321/callback';

let demo: DemoProcess;
let folder: Awaited<ReturnType<typeof demoFolder>>;
let documents: DocumentServer;
let clientId: string;

beforeAll(async () => {
  documents = await serveDocuments();
  clientId = `${documents.origin}/mcp-client.json`;
  const document = {
    client_id: clientId,
    client_name: 'Quill Assistant',
    client_uri: documents.origin,
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  documents.serve('/mcp-client.json', {
    body: JSON.stringify(document),
    headers: { 'content-type': 'application/json' },
  });
  folder = await demoFolder();
  const certificate = join(folder.path, 'documents.pem');
  await writeFile(certificate, documents.certificate);
  demo = await startDemo(folder.path, { env: { NODE_EXTRA_CA_CERTS: certificate } });
});

afterAll(async () => {
  await demo?.end();
  await folder.remove();
  await documents.close();
});

async function json(url: string | URL): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  expect([String(url), response.status]).toEqual([String(url), 200]);
  return (await response.json()) as Record<string, unknown>;
}

describe.each([
  ['jwt', '/orders'],
  ['introspection', '/stock'],
] as const)('an MCP client that was told nothing but the address of the API (%s)', (check, path) => {
  const address = () => `${demo.apis.find((api) => api.check === check)!.url}${path}`;

  /** RFC 9728 5: from the challenge to the metadata of the resource. */
  async function findMetadata(): Promise<Record<string, unknown>> {
    const refused = await fetch(address());
    expect(refused.status).toBe(401);
    const [, url] =
      /^Bearer .*\bresource_metadata="([^"]+)"/u.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
    expect(url).toBe(new URL(`/.well-known/oauth-protected-resource${path}`, address()).href);
    return json(url!);
  }

  test('finds its way from the refusal to the answer', async () => {
    const resource = await findMetadata();
    // RFC 9728 3.3: else somebody else's API could have its tokens made for this one.
    expect(resource['resource']).toBe(address());
    const [issuer = ''] = resource['authorization_servers'] as string[];
    const scopes = resource['scopes_supported'] as string[];

    // RFC 8414 3.1: the well-known part stands before the path of the issuer.
    const { origin, pathname } = new URL(issuer);
    const server = await json(`${origin}/.well-known/oauth-authorization-server${pathname}`);
    expect(server).toMatchObject({
      issuer,
      client_id_metadata_document_supported: true,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });

    const config = new oauth.Configuration(
      server as unknown as oauth.ServerMetadata,
      clientId,
      undefined,
      oauth.None(),
    );
    oauth.allowInsecureRequests(config);
    const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
    const expectedState = oauth.randomState();
    const url = oauth.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: scopes.join(' '),
      resource: address(),
      state: expectedState,
      code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    const browser = createBrowser();
    const page = await browser.open(url.href);
    expect(page.html).toContain(`<bdi>${documents.host}</bdi>`);
    const callback = await signIn(browser, page, demo.users[0]!, CALLBACK);
    const tokens = await oauth.authorizationCodeGrant(
      config,
      new URL(callback.url),
      { pkceCodeVerifier, expectedState },
      { resource: address() },
    );

    const answer = await fetch(address(), { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ items: expect.arrayContaining([expect.anything()]) });

    const other = demo.apis.find((api) => api.check !== check)!;
    const elsewhere = await fetch(other.url, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(elsewhere.status).toBe(401);
  });

  test('finds the metadata without a challenge, too, and so does a page of another origin', async () => {
    const { origin } = new URL(address());
    const metadata = await findMetadata();
    expect(await json(`${origin}/.well-known/oauth-protected-resource`)).toEqual(metadata);
    const headers = { origin: 'https://client.example' };
    const response = await fetch(`${origin}/.well-known/oauth-protected-resource${path}`, { headers });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect((await fetch(`${origin}/.well-known/oauth-protected-resource/other`)).status).toBe(404);
  });

  test('is told again where the metadata are when its token is no good', async () => {
    const refused = await fetch(address(), { headers: { authorization: 'Bearer nonsense' } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(
      /error="invalid_token".*resource_metadata="http:\/\/localhost:\d+\/\.well-known\//u,
    );
  });
});
