// A single-page application that signs in with Gatehouse: a public client with no secret to keep, so every sign-in is
// protected by PKCE (RFC 7636), and every API gets a token of its own (RFC 8707). No framework and no library: this
// is all there is to it.

const settings = await (await fetch('/settings.json')).json();
const gatehouse = await (await fetch(`${settings.issuer}/.well-known/openid-configuration`)).json();

// Tokens live in sessionStorage: they end with the tab and survive a reload. A script that somebody smuggles into the
// page could read them there, and in memory too; so the page allows no script but this one (Content-Security-Policy),
// and refresh tokens work once. Where that is not enough, let a server hold the tokens, as the other two samples do.
const KEY = 'gatehouse-demo';
const remembered = () => JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
const remember = (state) => sessionStorage.setItem(KEY, JSON.stringify(state));

// --- signing in -----------------------------------------------------------------------------------------------------

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/**
 * `wanted`: what an API wants of the sign-in (RFC 9470): `max_age`, `acr_values`. `afterwards`: the API to call then.
 */
async function signIn(wanted = {}, afterwards = undefined) {
  const attempt = { state: random(), nonce: random(), codeVerifier: random(), wanted, afterwards };
  remember({ ...remembered(), attempt });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(attempt.codeVerifier));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    scope: settings.scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: base64url(digest),
    code_challenge_method: 'S256',
    ...wanted,
  });
  for (const resource of new Set(settings.apis.map((api) => api.resource)))
    query.append('resource', resource);
  location.assign(`${gatehouse.authorization_endpoint}?${query.toString()}`);
}

async function completeSignIn() {
  const answer = new URLSearchParams(location.search);
  history.replaceState(null, '', '/');
  // Whoever cancels when they are asked to sign in once more stays signed in.
  const { attempt, ...before } = remembered();
  remember(before);
  if (!attempt || answer.get('state') !== attempt.state)
    throw new Error('This sign-in was not started in this tab.');
  if (answer.get('iss') !== settings.issuer) throw new Error('The answer is not from Gatehouse.'); // RFC 9207
  if (answer.get('error') === 'access_denied') throw new Error('You cancelled the sign-in.');
  if (answer.has('error')) throw new Error(answer.get('error_description') ?? answer.get('error'));

  const tokens = await requestTokens({
    grant_type: 'authorization_code',
    code: answer.get('code'),
    redirect_uri: settings.redirectUri,
    code_verifier: attempt.codeVerifier,
  });
  // The ID token came straight from Gatehouse; its claims are checked all the same (OpenID Connect Core 3.1.3.7).
  const claims = claimsOf(tokens.id_token);
  if (claims.iss !== settings.issuer || claims.aud !== settings.clientId || claims.nonce !== attempt.nonce) {
    throw new Error('The ID token is not the answer to this sign-in.');
  }
  const { max_age: maxAge } = attempt.wanted;
  if (maxAge !== undefined && Date.now() / 1000 - claims.auth_time > Number(maxAge) + 60) {
    throw new Error('The sign-in is older than was asked for.');
  }
  const userInfo = await getJson(gatehouse.userinfo_endpoint, tokens.access_token);
  if (userInfo.sub !== claims.sub) throw new Error('The claims are about somebody else.');
  remember({
    idToken: tokens.id_token,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    user: userInfo,
  });
  return attempt.afterwards;
}

/** Whether the sign-in goes on: it may have ended elsewhere while this page was closed. */
async function stillSignedIn() {
  const { accessToken, refreshToken } = remembered();
  try {
    await getJson(gatehouse.userinfo_endpoint, accessToken);
    return true;
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  // A token that has only expired is replaced; where the sign-in is over, no more are given.
  try {
    const tokens = await requestTokens({ grant_type: 'refresh_token', refresh_token: refreshToken });
    remember({
      ...remembered(),
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? refreshToken,
    });
    return true;
  } catch (error) {
    if (error.code !== 'invalid_grant') throw error;
    remember({});
    return false;
  }
}

function signOut() {
  const { idToken } = remembered();
  remember({});
  const query = new URLSearchParams({
    id_token_hint: idToken,
    post_logout_redirect_uri: settings.postLogoutRedirectUri,
  });
  location.assign(`${gatehouse.end_session_endpoint}?${query.toString()}`);
}

// --- tokens and calls -----------------------------------------------------------------------------------------------

async function requestTokens(parameters) {
  const response = await fetch(gatehouse.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ ...parameters, client_id: settings.clientId }),
  });
  const answer = await response.json();
  if (!response.ok)
    throw Object.assign(new Error(answer.error_description ?? answer.error), { code: answer.error });
  return answer;
}

/** A token for one API, and for no other: an API that is broken into can't use it elsewhere. */
async function accessTokenFor(resource) {
  const { refreshToken } = remembered();
  const tokens = await requestTokens({ grant_type: 'refresh_token', refresh_token: refreshToken, resource });
  remember({ ...remembered(), refreshToken: tokens.refresh_token ?? refreshToken });
  return tokens.access_token;
}

async function getJson(url, accessToken) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
  if (!response.ok) {
    const { status } = response;
    const challenge = response.headers.get('www-authenticate') ?? '';
    throw Object.assign(new Error(`${status} ${challenge}`), { status, challenge });
  }
  return response.json();
}

const claimsOf = (jwt) =>
  JSON.parse(
    new TextDecoder().decode(
      Uint8Array.from(atob(jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (c) =>
        c.charCodeAt(0),
      ),
    ),
  );

/** What a challenge wants of the sign-in (RFC 9470 3), by names of the authorization request. */
function wantedSignIn(challenge = '') {
  const members = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  if (members.error !== 'insufficient_user_authentication') return undefined;
  return Object.fromEntries(
    ['acr_values', 'max_age'].filter((name) => name in members).map((name) => [name, members[name]]),
  );
}

async function callApi(api, output, { maySignIn }) {
  output.textContent = 'Asking …';
  try {
    const answer = await getJson(api.endpoint, await accessTokenFor(api.resource));
    output.textContent = JSON.stringify(answer, null, 2);
  } catch (error) {
    // The token is good, and the sign-in not good enough: the person signs in again, and this is called once more.
    const wanted = wantedSignIn(error.challenge);
    if (wanted && maySignIn) return await signIn(wanted, api.name);
    if (error.code !== 'invalid_grant') {
      output.textContent = `That did not work: ${error.message}`;
      return;
    }
    remember({});
    show(OVER);
  }
}

// --- the page -------------------------------------------------------------------------------------------------------

const OVER = 'Gatehouse gives no new tokens for this sign-in: it is over.';
const board = document.querySelector('#board');

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function show(notice) {
  const { user } = remembered();
  const content = user
    ? [
        element(
          'p',
          {},
          `Hello, ${user.name ?? user.sub}. This page keeps your tokens itself and calls two APIs.`,
        ),
        ...settings.apis.map(apiCard),
        element('p', {}, element('button', { className: 'plain', onclick: signOut }, 'Sign out')),
      ]
    : [
        element('p', {}, 'Everything here happens in your browser: signing in, and calling two APIs.'),
        element('p', {}, element('button', { onclick: () => signIn() }, 'Sign in with Gatehouse')),
      ];
  if (notice) content.unshift(element('p', { className: 'notice' }, notice));
  board.replaceChildren(...content);
}

function apiCard(api) {
  const output = element('pre', { tabIndex: 0 }, 'Not asked yet.');
  output.setAttribute('aria-label', `Answer of ${api.name}`);
  const call = element('button', { name: api.name }, `Call ${api.name}`);
  call.onclick = async ({ isTrusted }) => {
    // One at a time: each refresh token works once.
    for (const button of board.querySelectorAll('button')) button.disabled = true;
    // When this page presses the button, the person has just signed in: to ask again could go on for ever.
    await callApi(api, output, { maySignIn: isTrusted });
    for (const button of board.querySelectorAll('button')) button.disabled = false;
  };
  const about = api.about === undefined ? [] : [element('p', {}, api.about)];
  return element('section', { className: 'card' }, element('h2', {}, api.name), ...about, call, output);
}

try {
  let afterwards;
  if (location.pathname === '/callback') afterwards = await completeSignIn();
  else if (remembered().user && !(await stillSignedIn())) show(OVER);
  if (!board.hasChildNodes()) show();
  if (afterwards !== undefined) board.querySelector(`button[name="${CSS.escape(afterwards)}"]`)?.click();
} catch (error) {
  show(error.message);
}
