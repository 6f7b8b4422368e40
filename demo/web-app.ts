import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import { createRemoteJWKSet } from 'jose';
import type Koa from 'koa';
import type { Context } from 'koa';
import * as oidc from 'openid-client';
import { createBrowserSessions, rememberAttempt, takeAttempt, type SignIn } from './browser-sessions.js';
import { createLogoutTokenCheck } from './logout-token.js';
import { onceItWorks } from './once-it-works.js';
import { createSampleApp } from './sample-server.js';
import { failurePage, homePage } from './web-app-pages.js';
import { notFoundPage } from './page.js';
import type { WebAppSettings } from './web-app-settings.js';

/**
 * A server-side web application that lets people sign in with Gatehouse: authorization code with PKCE, state and
 * nonce; claims from the ID token and userinfo; refresh; sign-out that also ends the session at Gatehouse; and the
 * back channel by which Gatehouse tells it that the person signed out elsewhere.
 */
export function createWebApp(settings: WebAppSettings): Koa {
  const { url, name } = settings;
  const redirectUri = `${url}/callback`;
  const sessions = createBrowserSessions(`${settings.clientId}-${new URL(url).port}`);
  const gatehouse = onceItWorks(() => discover(settings));
  const checkLogoutToken = onceItWorks(async () => {
    const { jwks_uri } = (await gatehouse()).serverMetadata();
    return createLogoutTokenCheck({ ...settings, keys: createRemoteJWKSet(new URL(jwks_uri as string)) });
  });
  const router = new Router();

  router.get('/', (ctx) => {
    const session = sessions.of(ctx);
    ctx.type = 'html';
    ctx.body = homePage(settings, session);
    // What ended a sign-in stays readable until the next one, in every tab.
    if (session.signIn) delete session.notice;
  });

  router.get('/sign-in', async (ctx) => {
    const config = await gatehouse();
    const state = oidc.randomState();
    const attempt = { codeVerifier: oidc.randomPKCECodeVerifier(), nonce: oidc.randomNonce() };
    rememberAttempt(sessions.of(ctx), state, attempt);
    const parameters = {
      redirect_uri: redirectUri,
      scope: settings.scope,
      state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
      // OpenID Connect Core 11: whoever asks for offline access asks for consent.
      ...(settings.scope.split(' ').includes('offline_access') && { prompt: 'consent' }),
    };
    ctx.redirect(oidc.buildAuthorizationUrl(config, parameters).href);
  });

  router.get('/callback', async (ctx) => {
    const session = sessions.of(ctx);
    const state = typeof ctx.query['state'] === 'string' ? ctx.query['state'] : '';
    const attempt = takeAttempt(session, state);
    if (!attempt) return fail(ctx, 400, 'This sign-in was not started in this browser, or is over already.');
    try {
      session.signIn = await completeSignIn(await gatehouse(), new URL(ctx.url, url), state, attempt);
      delete session.notice;
    } catch (error) {
      if (error instanceof oidc.AuthorizationResponseError && error.error === 'access_denied') {
        return fail(ctx, 403, 'You cancelled the sign-in.');
      }
      ctx.app.emit('error', error, ctx);
      return fail(ctx, 502, 'The sign-in did not work out.', reasonOf(error));
    }
    sessions.renew(ctx);
    ctx.redirect('/');
  });

  router.post('/refresh', sameOrigin(url), async (ctx) => {
    const session = sessions.of(ctx);
    const { signIn } = session;
    if (signIn?.refreshToken) {
      try {
        session.signIn = await refresh(await gatehouse(), signIn, signIn.refreshToken);
        session.notice = `Gatehouse gave ${name} new tokens at ${timeOfDay()}.`;
      } catch (error) {
        if (!(error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant')) throw error;
        delete session.signIn;
        session.notice = `Gatehouse gives no new tokens for this sign-in: it is over.`;
      }
    }
    ctx.redirect('/');
  });

  router.post('/sign-out', sameOrigin(url), async (ctx) => {
    const session = sessions.of(ctx);
    const { signIn } = session;
    delete session.signIn;
    if (!signIn) return ctx.redirect('/');
    const endSession = oidc.buildEndSessionUrl(await gatehouse(), {
      id_token_hint: signIn.idToken,
      post_logout_redirect_uri: `${url}/signed-out`,
    });
    ctx.redirect(endSession.href);
  });

  router.get('/signed-out', (ctx) => {
    // Not more: whether Gatehouse was left too, the person decided there, and it sends them back here either way.
    sessions.of(ctx).notice = `You signed out of ${name}.`;
    ctx.redirect('/');
  });

  // OpenID Connect Back-Channel Logout 1.0 section 2.5: called by Gatehouse itself, not by a browser.
  router.post(
    '/backchannel-logout',
    bodyParser({ enableTypes: ['form'], encoding: 'utf-8' }),
    async (ctx) => {
      const token = (ctx.request.body as { logout_token?: unknown } | undefined)?.logout_token;
      const check = await checkLogoutToken();
      try {
        const notice = await check(typeof token === 'string' ? token : '');
        sessions.end(
          notice,
          `Signed out by Gatehouse at ${timeOfDay()}: you signed out in another application.`,
        );
        ctx.status = 200;
      } catch (error) {
        ctx.status = 400;
        ctx.body = { error: 'invalid_request', error_description: reasonOf(error) };
      }
    },
  );

  // What the page's script asks for, to notice a sign-out that came by the back channel.
  router.get('/signed-in', (ctx) => {
    ctx.body = { signedIn: sessions.of(ctx).signIn !== undefined };
  });

  function fail(ctx: Context, status: number, message: string, reason?: string): void {
    ctx.status = status;
    ctx.type = 'html';
    ctx.body = failurePage(settings, message, reason);
  }

  const app = createSampleApp(url, { notFound: notFoundPage(settings.look, name) });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

function discover({
  issuer,
  clientId,
  clientSecret,
  authMethod,
}: WebAppSettings): Promise<oidc.Configuration> {
  const authentication =
    authMethod === 'client_secret_basic'
      ? oidc.ClientSecretBasic(clientSecret)
      : oidc.ClientSecretPost(clientSecret);
  return oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
    // The demo speaks http on the loopback interface; so the signature of ID tokens is checked, where https would do.
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
}

async function completeSignIn(
  config: oidc.Configuration,
  callback: URL,
  state: string,
  attempt: { codeVerifier: string; nonce: string },
): Promise<SignIn> {
  const tokens = await oidc.authorizationCodeGrant(config, callback, {
    expectedState: state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.codeVerifier,
  });
  const claims = tokens.claims() as oidc.IDToken;
  const sid = claims['sid'];
  return {
    sub: claims.sub,
    ...(typeof sid === 'string' && { sid }),
    since: new Date(),
    idToken: tokens.id_token as string,
    userInfo: await oidc.fetchUserInfo(config, tokens.access_token, claims.sub),
    scope: tokens.scope ?? '',
    ...tokenFields(tokens),
  };
}

async function refresh(config: oidc.Configuration, before: SignIn, refreshToken: string): Promise<SignIn> {
  const tokens = await oidc.refreshTokenGrant(config, refreshToken);
  return {
    ...before,
    idToken: tokens.id_token ?? before.idToken,
    userInfo: await oidc.fetchUserInfo(config, tokens.access_token, before.sub),
    ...tokenFields(tokens),
  };
}

function tokenFields(tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers) {
  const expiresIn = tokens.expiresIn();
  return {
    accessToken: tokens.access_token,
    ...(expiresIn !== undefined && { accessTokenExpiresIn: expiresIn }),
    ...(tokens.refresh_token !== undefined && { refreshToken: tokens.refresh_token }),
  };
}

/** Lets a form of another site do nothing here: browsers say where a POST comes from. */
function sameOrigin(url: string): Koa.Middleware {
  return async (ctx, next) => {
    const origin = ctx.get('origin');
    if (origin !== '' && origin !== url) ctx.throw(403, 'This form was not sent from this application.');
    await next();
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function timeOfDay(): string {
  return new Date().toLocaleTimeString('en-GB');
}
