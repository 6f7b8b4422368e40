import Router from '@koa/router';
import type Koa from 'koa';
import * as oidc from 'openid-client';
import { renderSVG } from 'uqr';
import { Html, html } from './html.js';
import { onceItWorks } from './once-it-works.js';
import { factList, notFoundPage, page } from './page.js';
import { createSampleApp } from './sample-server.js';

export interface TvSettings {
  name: string;
  url: string;
  issuer: string;
  clientId: string;
  scope: string;
}

/** What is on the screen: there is one, as on a television, whoever looks at it. */
type Screen =
  | { shows: 'welcome' | 'refused' | 'over' }
  | { shows: 'code'; device: oidc.DeviceAuthorizationResponse; until: number; interval: number; next: number }
  | { shows: 'person'; person: oidc.UserInfoResponse };

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * A television without a keyboard (RFC 8628): it shows a code and, for a phone's camera, the same as a picture, and asks
 * Gatehouse now and then whether somebody has let it in. The page loads itself anew for that; it has no script.
 */
export function createTv(settings: TvSettings): Koa {
  const { name, url, issuer, clientId, scope } = settings;
  const gatehouse = onceItWorks(() =>
    oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    }),
  );
  let screen: Screen = { shows: 'welcome' };
  const router = new Router();

  router.get('/', async (ctx) => {
    if (screen.shows === 'code') screen = await look(await gatehouse(), screen);
    ctx.type = 'html';
    ctx.body = page({
      look: 'tv',
      application: name,
      title: screen.shows === 'code' ? 'Sign in' : 'Acme TV',
      ...(screen.shows === 'code' ? { refreshSeconds: screen.interval } : {}),
      content: picture(screen),
    });
  });

  const fromItsOwnPage: Koa.Middleware = async (ctx, next) => {
    if (ctx.get('origin') !== url) return ctx.throw(403, 'This form is on another page.');
    await next();
  };

  router.post('/sign-in', fromItsOwnPage, async (ctx) => {
    const device = await oidc.initiateDeviceAuthorization(await gatehouse(), { scope });
    const interval = device.interval ?? 5;
    const until = Date.now() + device.expires_in * 1000;
    screen = { shows: 'code', device, until, interval, next: Date.now() + interval * 1000 };
    ctx.redirect('/');
  });

  router.post('/sign-out', fromItsOwnPage, (ctx) => {
    screen = { shows: 'welcome' };
    ctx.redirect('/');
  });

  const app = createSampleApp(url, { notFound: notFoundPage('tv', name) });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** Asks for the tokens, no more often than it may (RFC 8628 3.5). */
async function look(
  gatehouse: oidc.Configuration,
  screen: Extract<Screen, { shows: 'code' }>,
): Promise<Screen> {
  const now = Date.now();
  if (now >= screen.until) return { shows: 'over' };
  if (now < screen.next) return screen;
  const waiting = { ...screen, next: now + screen.interval * 1000 };
  try {
    const { device_code } = screen.device;
    const tokens = await oidc.genericGrantRequest(gatehouse, DEVICE_GRANT, { device_code });
    const { sub } = tokens.claims() ?? {};
    return {
      shows: 'person',
      person: await oidc.fetchUserInfo(gatehouse, tokens.access_token, sub ?? oidc.skipSubjectCheck),
    };
  } catch (error) {
    switch (error instanceof oidc.ResponseBodyError ? error.error : undefined) {
      case 'authorization_pending':
        return waiting;
      case 'slow_down':
        return { ...waiting, interval: screen.interval + 5 };
      case 'access_denied':
        return { shows: 'refused' };
      case 'expired_token':
        return { shows: 'over' };
      default:
        throw error;
    }
  }
}

function picture(screen: Screen): Html {
  switch (screen.shows) {
    case 'code':
      return code(screen.device);
    case 'person':
      return html`
        <h1>Hello, ${String(screen.person.name ?? screen.person.sub)}</h1>
        <p>You let this television in from another device.</p>
        ${factList([['sub', screen.person.sub]])}
        <form method="post" action="/sign-out"><button>Sign out</button></form>
      `;
    case 'refused':
      return start('Somebody refused the code.');
    case 'over':
      return start('The code is too old.');
    case 'welcome':
      return start('A television has no keyboard to type a password with.');
  }
}

function start(why: string): Html {
  return html`
    <h1>Acme TV</h1>
    <p>${why}</p>
    <form method="post" action="/sign-in"><button>Sign in with another device</button></form>
  `;
}

function code(device: oidc.DeviceAuthorizationResponse): Html {
  const { user_code, verification_uri, verification_uri_complete } = device;
  const address = verification_uri_complete ?? verification_uri;
  return html`
    <h1>Sign in with another device</h1>
    <p>Open <a href="${address}" target="_blank">${verification_uri}</a> there and type this code:</p>
    <p class="user-code">${user_code}</p>
    <p>Or point the camera of a phone here:</p>
    <div class="qr" role="img" aria-label="The address with the code in it">
      ${new Html(renderSVG(address, { border: 2 }))}
    </div>
    <p class="quiet">This page looks every few seconds whether you did.</p>
  `;
}
