import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { basic, flow } from '../support/flow.js';
import { rawRequest, type RawRequest } from '../support/raw-request.js';
import { asBrowser, expectAlive, expectRefusal, formPost } from '../support/refusals.js';
import { REDIRECT_URI } from '../support/relying-party.js';
import type { Instance } from '../support/start.js';

const webApp = (gatehouse: Instance) => gatehouse.addClient({ kind: 'web', redirectUris: [REDIRECT_URI] });

/** An authorization request that would be fine, with these parameters in place of its own and those behind them. */
function authorize(clientId: string, changes: Record<string, string> = {}, appended = ''): RawRequest {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    ...changes,
  });
  return { target: `/oidc/auth?${query}${appended}`, headers: asBrowser };
}

flow('An authorization request that cannot be trusted ends on an error page, not at the app', (gatehouse) => {
  test.each<[what: string, changes: Record<string, string>, appended: string, error: string]>([
    ['an unknown client', { client_id: 'unknown' }, '', 'invalid_client'],
    ['no client', { client_id: '' }, '', 'invalid_request'],
    ['two clients', {}, '&client_id=other', 'invalid_request'],
    ['a client named __proto__', { client_id: '__proto__' }, '', 'invalid_client'],
    ['a client with a name of 7000 letters', { client_id: 'a'.repeat(7000) }, '', 'invalid_client'],
    [
      'a redirect_uri that is not registered',
      { redirect_uri: 'https://evil.example/' },
      '',
      'invalid_redirect_uri',
    ],
    [
      'a redirect_uri that begins as the registered one',
      { redirect_uri: `${REDIRECT_URI}/../x` },
      '',
      'invalid_redirect_uri',
    ],
    [
      'a redirect_uri with a user name',
      { redirect_uri: 'http://localhost:9@evil.example/callback' },
      '',
      'invalid_redirect_uri',
    ],
    [
      'a redirect_uri with another port',
      { redirect_uri: 'http://localhost:10/callback' },
      '',
      'invalid_redirect_uri',
    ],
    ['a redirect_uri with a fragment', { redirect_uri: `${REDIRECT_URI}#x` }, '', 'invalid_redirect_uri'],
    ['a javascript: redirect_uri', { redirect_uri: 'javascript:alert(1)' }, '', 'invalid_redirect_uri'],
    ['a redirect_uri that is no URI', { redirect_uri: '//' }, '', 'invalid_redirect_uri'],
    ['two redirect_uris', {}, `&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`, 'invalid_request'],
    ['NUL', {}, '&state=%00', 'bad_request'],
    ['broken percent-encoding', {}, '&state=%zz', 'bad_request'],
    ['a percent sign at the end', {}, '&state=%', 'bad_request'],
    ['a lone surrogate', {}, '&state=%ED%A0%80', 'bad_request'],
    ['bytes that are not UTF-8', {}, '&state=%ff', 'bad_request'],
    ['an overlong encoding', {}, '&state=%c0%ae', 'bad_request'],
    ['more parameters than anybody needs', {}, '&a'.repeat(100), 'bad_request'],
  ])('%s', async (_what, changes, appended, error) => {
    const { id } = await webApp(gatehouse());
    const answer = await rawRequest(gatehouse(), authorize(id, changes, appended));
    expect(answer.headers['location']).toBeUndefined();
    expectRefusal(gatehouse(), answer, { status: 400, form: 'page', error });
    await expectAlive(gatehouse());
  });
});

flow('An address that is too long', (gatehouse) => {
  test('is refused, and nothing of it is kept', async () => {
    const { id } = await webApp(gatehouse());
    const answer = await rawRequest(gatehouse(), authorize(id, {}, `&state=${'x'.repeat(9000)}`));
    expectRefusal(gatehouse(), answer, { status: 414, form: 'page', error: 'address_too_long' });
  });
});

flow('A way back that leads nowhere', (gatehouse) => {
  test.each(['/oidc/auth/unknown', '/oidc/auth/__proto__', '/oidc/session/end?client_id=unknown'])(
    '%s ends on an error page',
    async (target) => {
      const answer = await rawRequest(gatehouse(), { target, headers: asBrowser });
      expectRefusal(gatehouse(), answer, { status: 400, form: 'page' });
    },
  );
});

flow('An authorization request that is wrong tells the app why (RFC 6749 4.1.2.1)', (gatehouse) => {
  test.each<[what: string, changes: Record<string, string>, appended: string, error: string]>([
    ['a response_type that is not offered', { response_type: 'token' }, '', 'unsupported_response_type'],
    ['a response_type that does not exist', { response_type: 'x' }, '', 'unsupported_response_type'],
    ['no response_type', { response_type: '' }, '', 'invalid_request'],
    ['two scopes', {}, '&scope=email', 'invalid_request'],
    ['two states', {}, '&state=1&state=2', 'invalid_request'],
    ['two challenges', {}, '&code_challenge=x', 'invalid_request'],
    ['a challenge that is none', { code_challenge: 'short' }, '', 'invalid_request'],
    ['a max_age that is no number', {}, '&max_age=old', 'invalid_request'],
    ['prompt=none beside another', {}, '&prompt=none+login', 'invalid_request'],
    ['an unknown prompt', {}, '&prompt=maybe', 'invalid_request'],
    ['a request object that is none', {}, '&request=x', 'invalid_request_object'],
    ['a request_uri', {}, '&request_uri=https%3A%2F%2Fevil.example', 'request_uri_not_supported'],
    ['an id_token_hint that is none', {}, '&id_token_hint=x', 'invalid_request'],
    ['a resource that does not exist', {}, '&resource=https%3A%2F%2Fapi.example', 'invalid_target'],
    ['a resource that is no URI', {}, '&resource=x', 'invalid_target'],
  ])('%s', async (_what, changes, appended, error) => {
    const { id } = await webApp(gatehouse());
    const answer = await rawRequest(gatehouse(), authorize(id, changes, appended));
    expect(answer.status).toBe(303);
    const location = new URL(String(answer.headers['location']));
    expect(location.href.startsWith(REDIRECT_URI)).toBe(true);
    const told = new URLSearchParams(location.search || location.hash.slice(1));
    expect(told.get('error')).toBe(error);
    expect(told.get('iss')).toBe(gatehouse().issuer);
    expect(told.get('code')).toBeNull();
    await expectAlive(gatehouse());
  });

  test.each([
    ['__proto__', '&__proto__[login]=x&__proto__=x'],
    ['constructor', '&constructor[prototype][login]=x'],
    ['a list', '&scope[]=admin'],
  ])('a parameter named like %s means nothing', async (_what, appended) => {
    const { id } = await webApp(gatehouse());
    const answer = await rawRequest(gatehouse(), authorize(id, {}, appended));
    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toMatch(/^\/oidc\/interaction\//u);
    expect({}).not.toHaveProperty('login');
  });
});

flow('A bad request of a program is answered with an OAuth error in JSON (RFC 6749 5.2)', (gatehouse) => {
  const GRANT = 'grant_type=client_credentials';
  type Row = [what: string, body: string, headers: Record<string, string>, status: number, error: string];

  test.each<Row>([
    [
      'JSON',
      `{"grant_type":"client_credentials"}`,
      { 'content-type': 'application/json' },
      400,
      'invalid_request',
    ],
    ['multipart', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }, 400, 'invalid_request'],
    ['text', GRANT, { 'content-type': 'text/plain' }, 400, 'invalid_request'],
    ['nothing', '', {}, 400, 'invalid_request'],
    ['60 KB', `a=${'b'.repeat(60_000)}`, {}, 413, 'invalid_request'],
    ['a grant type twice', `${GRANT}&${GRANT}`, {}, 400, 'invalid_request'],
    ['no grant type', 'scope=openid', {}, 400, 'invalid_request'],
    ['an unknown grant type', 'grant_type=password&username=a&password=b', {}, 400, 'unsupported_grant_type'],
    ['a grant type named __proto__', 'grant_type=__proto__', {}, 400, 'unsupported_grant_type'],
    ['broken percent-encoding', 'grant_type=%zz', {}, 400, 'unsupported_grant_type'],
    ['a grant type that is a list', `grant_type[]=client_credentials`, {}, 400, 'invalid_request'],
    ['names of the prototype', '__proto__[x]=1&constructor[prototype][x]=1', {}, 400, 'invalid_request'],
    [
      'a code of 50 KB',
      `grant_type=authorization_code&redirect_uri=x&code=${'x'.repeat(50_000)}`,
      {},
      400,
      'invalid_grant',
    ],
    ['NUL in a code', 'grant_type=authorization_code&redirect_uri=x&code=%00', {}, 400, 'invalid_grant'],
    [
      'a lone surrogate in a code',
      'grant_type=authorization_code&redirect_uri=x&code=%ED%A0%80',
      {},
      400,
      'invalid_grant',
    ],
    [
      'a refresh token named __proto__',
      'grant_type=refresh_token&refresh_token=__proto__',
      {},
      400,
      'invalid_grant',
    ],
    [
      'a resource that does not exist',
      `${GRANT}&resource=https%3A%2F%2Fapi.example`,
      {},
      400,
      'unauthorized_client',
    ],
    ['an unknown client', GRANT, basic({ id: 'unknown', secret: 'x' }), 401, 'invalid_client'],
    ['NUL in the client', GRANT, basic({ id: '%00', secret: 'x' }), 400, 'invalid_request'],
    ['credentials that are not Base64', GRANT, { authorization: 'Basic !!!' }, 400, 'invalid_request'],
    ['credentials without content', GRANT, { authorization: 'Basic' }, 400, 'invalid_request'],
    [
      'credentials with broken percent-encoding',
      GRANT,
      basic({ id: '%zz', secret: '%' }),
      400,
      'invalid_request',
    ],
    ['credentials of another kind', GRANT, { authorization: 'Digest x' }, 400, 'invalid_request'],
    [
      'a body in another encoding',
      GRANT,
      { 'content-encoding': 'gzip', authorization: '' },
      400,
      'invalid_request',
    ],
  ])('at the token endpoint: %s', async (_what, body, headers, status, error) => {
    const app = await webApp(gatehouse());
    const request = formPost('/oidc/token', body, { ...basic(app), ...headers });
    expectRefusal(gatehouse(), await rawRequest(gatehouse(), request), { status, form: 'json', error });
    await expectAlive(gatehouse());
  });

  test.each<[what: string, target: string, body: string]>([
    ['introspection', '/oidc/token/introspection', 'token=x'],
    ['revocation', '/oidc/token/revocation', 'token=x'],
    ['the token endpoint', '/oidc/token', GRANT],
  ])(
    '%s without client authentication, also for those who say they prefer HTML',
    async (_what, target, body) => {
      const answer = await rawRequest(gatehouse(), formPost(target, body, asBrowser));
      expectRefusal(gatehouse(), answer, { status: 400, form: 'json', error: 'invalid_request' });
    },
  );

  test.each<[what: string, request: RawRequest, status: number, error: string]>([
    ['no token', { target: '/oidc/me' }, 401, 'invalid_token'],
    [
      'a token that is none',
      { target: '/oidc/me', headers: { authorization: 'Bearer x' } },
      401,
      'invalid_token',
    ],
    [
      'a token named __proto__',
      { target: '/oidc/me', headers: { authorization: 'Bearer __proto__' } },
      401,
      'invalid_token',
    ],
    ['another scheme', { target: '/oidc/me', headers: { authorization: 'Basic x' } }, 400, 'invalid_request'],
    ['a token in the address', { target: '/oidc/me?access_token=x' }, 400, 'invalid_request'],
  ])('at the userinfo endpoint: %s (RFC 6750 3)', async (_what, request, status, error) => {
    const answer = await rawRequest(gatehouse(), request);
    expectRefusal(gatehouse(), answer, { status, form: 'json', error });
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer /u);
  });
});

flow('An address that is not one of ours', (gatehouse) => {
  const host = () => new URL(gatehouse().issuer).host;

  test.each<[target: string, status: number]>([
    ['/oidc/unknown', 404],
    ['/oidc/../x', 404],
    ['/oidc/%2e%2e/x', 404],
    ['/oidc/auth;a=b', 404],
    ['/oidc;a=b/auth', 404],
    ['/OIDC/token', 404],
    ['/\\evil.example/', 404],
    ['/oidc/assets/../../package.json', 404],
    ['/oidc/assets/unknown.css', 404],
    ['/oidc/interaction', 404],
    ['/oidc/interaction/__proto__', 400],
    ['/oidc/first-administrator/__proto__', 410],
    ['//evil.example/oidc/auth', 400],
    ['/oidc/%ff', 400],
    ['/oidc/a%00b', 400],
    ['/oidc/%', 400],
    ['http://evil.example/oidc/auth', 400],
  ])('%s: a page for a browser, JSON for a program', async (target, status) => {
    const browser = await rawRequest(gatehouse(), { target, headers: asBrowser });
    expectRefusal(gatehouse(), browser, { status, form: 'page' });
    expect(browser.headers['location']).toBeUndefined();
    expectRefusal(gatehouse(), await rawRequest(gatehouse(), { target }), { status, form: 'json' });
    await expectAlive(gatehouse());
  });

  test.each<[target: string, allow: string]>([
    ['/oidc/token', 'POST, OPTIONS'],
    ['/oidc/request', 'POST, OPTIONS'],
    ['/oidc/auth', 'GET, HEAD, POST'],
    ['/oidc/jwks', 'GET, HEAD, OPTIONS'],
  ])('a method that %s does not take is refused, and those it takes are named', async (target, allow) => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
      const answer = await rawRequest(gatehouse(), { method, target });
      expect(answer.headers['allow']).toBe(allow);
      expectRefusal(gatehouse(), answer, { status: 405, form: 'json' });
    }
  });

  test.each<[what: string, named: (host: string) => string]>([
    ['another host', () => 'evil.example'],
    ['no host', () => ''],
    ['another port', () => 'localhost:1'],
    ['the address in place of the name', (name) => name.replace('localhost', '127.0.0.1')],
    ['our name as a user name', (name) => `${name}@evil.example`],
    ['another name as a user name', (name) => `evil.example:x@${name}`],
    ['our name as a subdomain', (name) => `${name.replace(':', '.evil.example:')}`],
    ['two hosts in one', (name) => `${name},evil.example`],
    ['a dot at the end', (name) => name.replace(':', '.:')],
  ])('at %s: 421, whichever way it is asked', async (_what, named) => {
    const headers = { host: named(host()) };
    const program = await rawRequest(gatehouse(), { target: '/oidc/jwks', headers });
    expectRefusal(gatehouse(), program, { status: 421, form: 'json', error: 'invalid_request' });
    const person = await rawRequest(gatehouse(), {
      target: '/oidc/auth',
      headers: { ...headers, ...asBrowser },
    });
    expectRefusal(gatehouse(), person, { status: 421, form: 'page', error: 'wrong_host' });
    expect(person.text).not.toContain('evil.example');
  });
});

flow('What is not HTTP, or too much of it', (gatehouse) => {
  /** What the server says to bytes, until it hangs up. */
  function say(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(gatehouse().server.address.port, '127.0.0.1');
      let heard = '';
      socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
      socket.on('error', reject).on('close', () => resolve(heard));
      socket.write(bytes, 'latin1');
    });
  }
  const host = () => new URL(gatehouse().issuer).host;

  test.each<[what: string, bytes: (host: string) => string, status: number]>([
    [
      'headers of 20 KB',
      (name) => `GET /oidc/jwks HTTP/1.1\r\nHost: ${name}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    [
      'an address of 20 KB',
      (name) => `GET /oidc/auth?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: ${name}\r\n\r\n`,
      431,
    ],
    ['no HTTP', () => 'hello\r\n\r\n', 400],
    ['NUL in a header', (name) => `GET /oidc/jwks HTTP/1.1\r\nHost: ${name}\r\nX: a\0b\r\n\r\n`, 400],
    [
      'two Host headers',
      (name) => `GET /oidc/jwks HTTP/1.1\r\nHost: ${name}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
      400,
    ],
    ['no Host header', () => `GET /oidc/jwks HTTP/1.1\r\nConnection: close\r\n\r\n`, 400],
    [
      'two lengths of one body',
      (name) =>
        `POST /oidc/token HTTP/1.1\r\nHost: ${name}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
  ])('%s', async (_what, bytes, status) => {
    expect(await say(bytes(host()))).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'u'));
    await expectAlive(gatehouse());
  });
});
