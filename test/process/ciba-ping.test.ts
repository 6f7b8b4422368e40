import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { createBrowser } from '../support/browser.js';
import { createCertificate, writeCertificate } from '../support/certificates.js';
import { CIBA_GRANT, requestsOn } from '../support/ciba.js';
import { basic, postForm } from '../support/flow.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { createInstallation, until, WEAK_HASHING, type Installation } from './server-process.js';

const TOKEN = 'a-token.of~the+client/1234';

let installation: Installation;
let server: OpenServer;
let pings: { authorization: string | undefined; body: string; type: string | undefined; path: string }[];
let status: number | 'never';
let endpoint: string;
let settings: Record<string, string>;

/** A client's notification endpoint: https, as the specification wants it. */
beforeEach(async () => {
  [pings, status] = [[], 204];
  const certificate = await createCertificate({ name: 'localhost', hosts: ['localhost'] });
  const notified = createServer(certificate, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { authorization, 'content-type': type } = request.headers;
      pings.push({ authorization, body, type, path: request.url ?? '' });
      if (status === 'never') return;
      response.writeHead(status, status === 307 ? { location: '/elsewhere' } : {}).end();
    });
  });
  server = await openServer(notified);
  const host = `localhost:${server.port}`;
  endpoint = `https://${host}/ping`;
  installation = await createInstallation({ ...WEAK_HASHING, CIBA: 'on', OUTBOUND_ALLOWED_HOSTS: host });
  await writeCertificate(installation.folder, certificate);
  settings = { NODE_EXTRA_CA_CERTS: join(installation.folder, 'cert.pem') };
});
afterEach(async () => {
  await installation.remove();
  await server.close();
});

/** Has a client ask a person, and the person answer. */
async function askAndAnswer(decision: 'approve' | 'deny') {
  const issuer = `http://localhost:${installation.port}/oidc`;
  const added = await installation.command([
    ...['clients', 'add', '--kind', 'service', '--name', 'Acme Support'],
    ...['--metadata', `grant_types=["client_credentials","${CIBA_GRANT}"]`],
    ...['--metadata', 'backchannel_token_delivery_mode=ping'],
    ...['--metadata', `backchannel_client_notification_endpoint=${endpoint}`],
  ]);
  const { password } = await installation.command(['users', 'add', '--username', 'ada']);
  const process = await installation.start(settings);
  const client = basic({ id: String(added['client_id']), secret: String(added['client_secret']) });
  const asked = await postForm(
    `${issuer}/backchannel`,
    { scope: 'openid', login_hint: 'ada', client_notification_token: TOKEN },
    client,
  );
  const authReqId = String(asked.body['auth_req_id']);
  const poll = () => postForm(`${issuer}/token`, { grant_type: CIBA_GRANT, auth_req_id: authReqId }, client);
  expect(await poll()).toMatchObject({ body: { error: 'authorization_pending' } });

  const browser = createBrowser();
  const signInPage = await browser.open(`${issuer}/account/requests`);
  const list = await browser.submit(signInPage, '/sign-in', { login: 'ada', password: String(password) });
  const page = await browser.submit(await browser.open(requestsOn(list)[0]!), `/${decision}`);
  return { process, authReqId, poll, page };
}

test('a client that is pinged learns what was answered, and comes for its tokens at once', async () => {
  const { process, authReqId, poll, page } = await askAndAnswer('approve');
  expect(page.html).toContain('You approved this request');
  expect(pings).toEqual([
    {
      authorization: `Bearer ${TOKEN}`,
      body: JSON.stringify({ auth_req_id: authReqId }),
      type: 'application/json',
      path: '/ping',
    },
  ]);
  expect(await poll()).toMatchObject({ status: 200, body: { access_token: expect.any(String) } });
  for (const secret of [TOKEN, authReqId]) expect(process.stdout() + process.stderr()).not.toContain(secret);
});

test('a client is pinged when the person refuses, too', async () => {
  const { poll } = await askAndAnswer('deny');
  expect(pings).toHaveLength(1);
  expect(await poll()).toMatchObject({ status: 400, body: { error: 'access_denied' } });
});

test.each<[what: string, answer: number | 'never', reason: RegExp]>([
  ['refuses it', 400, /got: 400/u],
  ['fails', 503, /got: 503/u],
  ['sends it elsewhere', 307, /got: 307/u],
  ['does not answer', 'never', /TimeoutError/u],
])('a client that %s is pinged once: it is in the log, and it can poll', async (_what, answer, reason) => {
  status = answer;
  const { process, poll, page } = await askAndAnswer('approve');
  expect(page.html).toContain('You approved this request');
  await until(() => process.log().some(({ msg }) => msg === 'client not pinged'));
  const line = process.log().find(({ msg }) => msg === 'client not pinged')!;
  expect(line['reason']).toMatch(reason);
  expect(JSON.stringify(process.log())).not.toContain(TOKEN);
  expect(pings.map(({ path }) => path)).toEqual(['/ping']);
  expect((await poll()).status).toBe(200);
});
