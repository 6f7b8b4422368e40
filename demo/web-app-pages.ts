import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { BrowserSession, SignIn } from './browser-sessions.js';
import { html, type Html } from './html.js';
import { factList, page } from './page.js';
import type { WebAppSettings } from './web-app-settings.js';

/** The one page of a sample web app: who is signed in and what Gatehouse said about them, or how to sign in. */
export function homePage(settings: WebAppSettings, { signIn, notice }: BrowserSession): string {
  return page({
    look: settings.look,
    application: settings.name,
    title: signIn ? 'Signed in' : 'Welcome',
    scripts: ['watch-sign-out.js'],
    content: html`
      ${notice && html`<p class="notice" role="status">${notice}</p>`}
      ${signIn ? signedIn(settings, signIn) : signedOut(settings)}
    `,
  });
}

export function failurePage(settings: WebAppSettings, message: string, reason?: string): string {
  return page({
    look: settings.look,
    application: settings.name,
    title: 'Not signed in',
    content: html`
      <h1>Not signed in</h1>
      <p>${message}</p>
      ${reason && html`<p class="quiet">${reason}</p>`}
      <p><a class="button" href="/sign-in">Try again</a> <a href="/">Start page</a></p>
    `,
  });
}

function signedOut({ name, purpose }: WebAppSettings): Html {
  return html`
    <h1>${name}</h1>
    <p>${purpose}</p>
    <p>You are not signed in.</p>
    <p><a class="button" href="/sign-in">Sign in with Gatehouse</a></p>
  `;
}

function signedIn({ name, clientId, authMethod }: WebAppSettings, signIn: SignIn): Html {
  const idToken = decodeJwt(signIn.idToken);
  const { alg, kid } = decodeProtectedHeader(signIn.idToken);
  const { name: fullName, picture: _, updated_at: updatedAt, ...claims } = signIn.userInfo;
  return html`
    <h1>Hello, ${text(fullName) ?? signIn.sub}</h1>
    <p>
      Gatehouse told ${name} who you are
      <time datetime="${signIn.since.toISOString()}">at ${signIn.since.toLocaleTimeString('en-GB')}</time>.
    </p>
    <div class="actions">
      ${
        signIn.refreshToken !== undefined &&
        html`<form method="post" action="/refresh"><button class="plain">Get new tokens</button></form>`
      }
      <form method="post" action="/sign-out"><button>Sign out</button></form>
    </div>

    <h2>Your claims</h2>
    ${factList([['name', text(fullName)], ...Object.entries(claims).map(([key, value]) => [key, text(value)] as const), ['updated_at', date(updatedAt)]])}

    <h2>Your sign-in</h2>
    ${factList([
      ['signed in at', moment(idToken['auth_time'])],
      ['how (amr)', text(idToken['amr'])],
      ['level (acr)', text(idToken['acr'])],
      ['session (sid)', text(idToken['sid'])],
    ])}

    <h2>The tokens of ${name}</h2>
    ${factList([
      ['scope', signIn.scope],
      ['ID token', `${alg}, key ${kid ?? 'without a name'}, valid until ${moment(idToken.exp) ?? '?'}`],
      ['issuer (iss)', idToken.iss],
      ['audience (aud)', text(idToken.aud)],
      ['access token', accessToken(signIn)],
      [
        'refresh token',
        signIn.refreshToken === undefined ? 'none: not asked for' : 'yes; used once, then replaced',
      ],
      ['client', `${clientId}, by ${authMethod}`],
    ])}
  `;
}

function accessToken({ accessToken, accessTokenExpiresIn }: SignIn): string {
  const form = accessToken.split('.').length === 3 ? 'a signed JWT' : 'opaque';
  return accessTokenExpiresIn === undefined ? form : `${form}, valid for ${accessTokenExpiresIn} s`;
}

function text(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function date(seconds: unknown): string | undefined {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString().slice(0, 10) : undefined;
}

function moment(seconds: unknown): string | undefined {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toLocaleTimeString('en-GB') : undefined;
}
