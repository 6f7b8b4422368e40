import Router from '@koa/router';
import type Koa from 'koa';
import type { Context } from 'koa';
import { createProofCheck } from './dpop-proof.js';
import { html } from './html.js';
import { factList, page } from './page.js';
import { metadataAddress, publishResourceMetadata } from './resource-metadata.js';
import { createSampleApp } from './sample-server.js';
import type { AccessToken, TokenCheck } from './token-checks.js';

export interface ApiSettings {
  name: string;
  url: string;
  /** Who makes its tokens. Where it is given, the API tells so whoever asks (RFC 9728). */
  issuer?: string;
  /** Its resource indicator (RFC 8707): what its tokens have in `aud`. The address of its collection is another. */
  resource: string;
  checks: string;
  checkToken: TokenCheck;
  /** Origins whose pages may call it from a browser. */
  allowedOrigins: string[];
  /** What it serves, at which path and to whom. */
  collection: Collection;
  /** What it serves to people alone who have signed in within so many seconds (RFC 9470). */
  archive?: Collection & { maxAge: number };
}

interface Collection {
  path: string;
  scope: string;
  items: readonly unknown[];
}

/**
 * A small API behind access tokens (RFC 6750). `/` tells what it knows about the caller and wants any good token that
 * is meant for this API; the collection wants its scope as well.
 */
export function createApi(settings: ApiSettings): Koa {
  const { name, url, issuer, resource, collection, archive } = settings;
  const address = `${url}${collection.path}`;
  const checkProof = createProofCheck();
  const router = new Router();

  router.get('/', async (ctx) => {
    if (ctx.get('authorization') === '' && ctx.accepts('json', 'html') === 'html')
      return explain(ctx, settings);
    const token = await authorize(ctx, settings);
    if (!token) return;
    ctx.body = {
      api: name,
      checked: settings.checks,
      sub: token.sub,
      client_id: token.clientId,
      scope: token.scopes.join(' '),
      expires_at: token.expiresAt.toISOString(),
    };
  });

  router.get(collection.path, async (ctx) => {
    const token = await authorize(ctx, settings, collection.scope);
    if (token) ctx.body = { items: collection.items, for: token.sub };
  });

  if (archive) {
    router.get(archive.path, async (ctx) => {
      const token = await authorize(ctx, settings, archive.scope);
      if (!token) return;
      const { scope, maxAge, items } = archive;
      const age = (Date.now() - (token.signedInAt?.getTime() ?? 0)) / 1000;
      // RFC 9470 3: the client makes an authorization request with this max_age, and comes back with its token.
      if (age > maxAge)
        deny(ctx, 401, 'insufficient_user_authentication', 'Sign in again for this', scope, maxAge);
      else ctx.body = { items, for: token.sub };
    });
  }

  const app = createSampleApp(url);
  app.use(allowOrigins(settings.allowedOrigins));
  if (issuer !== undefined)
    app.use(publishResourceMetadata({ name, address, issuer, scopes: [collection.scope] }));
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;

  /** The token of the request; when it won't do, answers as RFC 6750 section 3 says and returns undefined. */
  async function authorize(
    ctx: Context,
    { checkToken }: ApiSettings,
    scope?: string,
  ): Promise<AccessToken | undefined> {
    const authorization = ctx.get('authorization');
    if (authorization === '') return deny(ctx, 401);
    const [, scheme = '', value] = /^(Bearer|DPoP) +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
    if (value === undefined) return deny(ctx, 400, 'invalid_request', 'Send: Authorization: Bearer <token>');

    let token;
    try {
      token = await checkToken(value);
    } catch (error) {
      ctx.app.emit('error', error, ctx);
      ctx.status = 503;
      ctx.set('retry-after', '5');
      ctx.body = { error: 'temporarily_unavailable', error_description: 'Gatehouse can not be asked now.' };
      return undefined;
    }
    if (!token || !(await isShownByItsOwner(ctx, scheme.toLowerCase(), value, token)))
      return deny(ctx, 401, 'invalid_token', `The token is not valid, or not meant for ${resource}`);
    if (scope !== undefined && !token.scopes.includes(scope)) {
      return deny(ctx, 403, 'insufficient_scope', `This needs the scope ${scope}`, scope);
    }
    return token;
  }

  /** A token that is bound to a key is worth nothing without proof of it (RFC 9449 7.2, RFC 8705 3). */
  async function isShownByItsOwner(ctx: Context, scheme: string, accessToken: string, token: AccessToken) {
    const { confirmation } = token;
    if (confirmation === undefined) return scheme === 'bearer';
    // No certificate reaches this API, so that what is bound to one cannot be shown to be one's own.
    if (scheme !== 'dpop' || confirmation.jkt === undefined || 'x5t#S256' in confirmation) return false;
    const proof = ctx.get('dpop');
    const shown = await checkProof({ method: ctx.method, url: `${url}${ctx.path}`, proof, accessToken });
    return shown === confirmation.jkt;
  }

  function deny(
    ctx: Context,
    status: number,
    error?: string,
    description?: string,
    scope?: string,
    maxAge?: number,
  ): undefined {
    // RFC 9728 5.1 and 3.3: for what the metadata are of, and for nothing beside it.
    const metadata =
      issuer !== undefined && ctx.path === collection.path ? metadataAddress(address) : undefined;
    const members = {
      realm: name,
      error,
      error_description: description,
      scope,
      max_age: maxAge,
      resource_metadata: metadata,
    };
    const challenge = Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([member, value]) => `${member}="${value}"`)
      .join(', ');
    ctx.status = status;
    ctx.set('www-authenticate', `Bearer ${challenge}`);
    ctx.body = {
      error: error ?? 'unauthorized',
      ...(description !== undefined && { error_description: description }),
    };
  }
}

/** CORS, without credentials: the token travels in a header that the page sets, never in a cookie. */
function allowOrigins(origins: string[]): Koa.Middleware {
  return async (ctx, next) => {
    const origin = ctx.get('origin');
    ctx.vary('origin');
    if (!origins.includes(origin)) return next();
    ctx.set('access-control-allow-origin', origin);
    ctx.set('access-control-expose-headers', 'www-authenticate');
    if (ctx.method !== 'OPTIONS' || ctx.get('access-control-request-method') === '') return next();
    ctx.set({
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization, dpop',
      'access-control-max-age': '600',
    });
    ctx.status = 204;
  };
}

function explain(ctx: Context, { name, url, resource, checks, collection, archive }: ApiSettings): void {
  ctx.status = 401;
  ctx.set('www-authenticate', `Bearer realm="${name}"`);
  ctx.type = 'html';
  ctx.body = page({
    look: 'api',
    application: name,
    title: 'An API',
    content: html`
      <h1>${name}</h1>
      <p>This is an API: it answers programs that send an access token, and this browser sent none.</p>
      ${factList([
        ['resource', resource],
        ['checks tokens', checks],
        ['with any token for it', `GET ${url}/`],
        [`with the scope ${collection.scope}`, `GET ${url}${collection.path}`],
        ...(archive
          ? [
              [
                `and a sign-in of the last ${archive.maxAge / 60} minutes`,
                `GET ${url}${archive.path}`,
              ] as const,
            ]
          : []),
      ])}
    `,
  });
}
