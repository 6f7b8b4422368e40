import { errors, type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import type Koa from 'koa';
import { requestedAccess } from '../../domain/requested-access.js';
import { networkOf } from '../../domain/sign-in.js';
import type { Presenter } from '../../http/presenter.js';
import { refuseCrossSitePosts } from '../../http/refuse-cross-site.js';
import { requestScope } from '../../http/request-scope.js';
import type { UserCodeProblem } from '../../pages/page-data.js';
import { clientView } from '../client-view.js';
import { POLL_INTERVAL } from '../storage/poll-pace.js';
import { createErrorPage } from '../error-page.js';
import type { ProviderDeps } from '../provider-deps.js';
import { TooManyUserCodes } from './user-code-limits.js';

type DeviceFeature = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;
type ErrorOut = Parameters<NonNullable<Configuration['renderError']>>[1];

/** What is known of the device's request, for the person to compare. */
interface DeviceInfo {
  address: string;
  userAgent: string;
}

/** The library tells apart by name what a person can put right. */
const PROBLEMS: Readonly<Record<string, Exclude<UserCodeProblem['code'], 'throttled'>>> = {
  NoCodeError: 'missing',
  NotFoundError: 'unknown',
  ExpiredError: 'expired',
  AlreadyUsedError: 'used',
};

/** The device authorization grant (RFC 8628): its codes, and the pages at its verification URI. */
export function createDeviceFlow({ presenter, store, clock }: ProviderDeps): Required<DeviceFeature> {
  const showError = createErrorPage(presenter);

  return {
    enabled: true,
    // RFC 8628 6.1: 20^8 codes without vowels and look-alikes.
    charset: 'base-20',
    mask: '****-****',

    deviceInfo(ctx): DeviceInfo & Record<string, string> {
      return { address: requestScope()?.address ?? '', userAgent: ctx.get('user-agent').slice(0, 300) };
    },

    async userCodeInputSource(ctx, _form, out, error) {
      if (error === undefined) return askForCode(presenter, ctx);
      if (error.name === 'AbortedError') return showRefused(presenter, ctx);
      // The session ended while the answer was made: nothing that was allowed under it may stand.
      if (error instanceof errors.LoginRequired) {
        await ctx.oidc.deviceCode?.destroy();
        return showOver(presenter, ctx, 'sign_in_expired');
      }
      const hasSession = ctx.oidc.session?.exp !== undefined;
      const problem = problemOf(ctx, error);
      if (problem) {
        requestScope()?.log.info({ event: 'user_code', outcome: problem.code }, 'user code refused');
        if (!hasSession) return showOver(presenter, ctx, 'cookies_missing');
        if (problem.code === 'throttled') ctx.set('Retry-After', String(problem.seconds));
        else ctx.status = 400;
        return askForCode(presenter, ctx, problem);
      }
      if (!hasSession) dropSession(ctx);
      await showError(ctx, out as ErrorOut, error);
    },

    async userCodeConfirmSource(ctx, _form, client, deviceInfo, userCode) {
      const { address, userAgent } = deviceInfo as unknown as DeviceInfo;
      const { params = {}, iat } = ctx.oidc.deviceCode!;
      const { openid, services } = await requestedAccess(params, store.services);
      const network = networkOf(address);
      presenter.show(
        ctx,
        'device/confirm',
        {
          ...formOf(ctx),
          client: clientView(client),
          code: userCode,
          device: {
            address,
            userAgent,
            secondsAgo: Math.max(0, Math.floor(clock() / 1000) - iat),
            sameNetwork: network !== 'unknown' && network === networkOf(requestScope()?.address ?? ''),
          },
          scopes: openid.filter((scope) => scope !== 'offline_access').map((name) => ({ name })),
          claims: [],
          services,
          offlineAccess: openid.includes('offline_access'),
        },
        uiLocales(params),
      );
    },

    async successSource(ctx) {
      const client = ctx.oidc.client as Client;
      requestScope()?.log.info(
        { event: 'device', outcome: 'approved', client_id: client.clientId },
        'device',
      );
      presenter.show(ctx, 'device/done', { client: clientView(client) }, uiLocales(ctx.oidc.params));
    },
  };
}

/** What the library's endpoints of this grant lack. */
export function completeDeviceFlow(presenter: Presenter, issuer: URL): Koa.Middleware {
  const refuseCrossSite = refuseCrossSitePosts(issuer);
  return async (koaCtx, next) => {
    const ctx = koaCtx as unknown as KoaContextWithOIDC;
    // The library would take this for the way back from an interaction.
    if (koaCtx.path === '/device/auth' && (ctx.method === 'GET' || ctx.method === 'HEAD')) return;
    await (koaCtx.path === '/device' ? refuseCrossSite(koaCtx, next) : next());
    const { route } = ctx.oidc ?? {};
    const body = ctx.body as { device_code?: string; interval?: number } | undefined;
    if (route === 'device_authorization' && body?.device_code !== undefined) body.interval = POLL_INTERVAL;
    // In place of a form that posts itself: nothing is looked up before the person has seen where they are.
    if (route === 'code_verification' && ctx.method !== 'POST' && ctx.status === 200)
      askForCode(presenter, ctx);
  };
}

function askForCode(presenter: Presenter, ctx: KoaContextWithOIDC, problem?: UserCodeProblem): void {
  const given = ctx.oidc.params?.['user_code'];
  const code = typeof given === 'string' && /^[\w -]{1,20}$/u.test(given) ? given.toUpperCase() : undefined;
  presenter.show(ctx, 'device/code', {
    ...formOf(ctx),
    ...(code === undefined ? {} : { code }),
    ...(problem === undefined ? {} : { problem }),
  });
}

/** What was begun in this browser is not there any more: there is no form to show again. */
function showOver(
  presenter: Presenter,
  ctx: KoaContextWithOIDC,
  code: 'sign_in_expired' | 'cookies_missing',
): void {
  dropSession(ctx);
  const reference = requestScope()?.id ?? '';
  const restartUrl = ctx.oidc.urlFor('code_verification');
  presenter.show(ctx, 'error', { code, status: ctx.status, reference, restartUrl });
}

/** The library puts the token of a form into the session, also into one that is over or was never stored; it fails then. */
function dropSession(ctx: KoaContextWithOIDC): void {
  Object.assign(ctx.oidc.session!, { touched: false });
}

function showRefused(presenter: Presenter, ctx: KoaContextWithOIDC): void {
  const { client } = ctx.oidc;
  requestScope()?.log.info({ event: 'device', outcome: 'refused', client_id: client?.clientId }, 'device');
  presenter.show(ctx, 'device/refused', client ? { client: clientView(client) } : {});
}

function problemOf(ctx: KoaContextWithOIDC, error: Error): UserCodeProblem | undefined {
  if (error instanceof TooManyUserCodes) return { code: 'throttled', seconds: error.seconds };
  const known = PROBLEMS[error.name];
  if (known !== undefined) return { code: known };
  if (ctx.oidc.route !== 'code_verification') return undefined;
  // Another was faster with this code.
  if (error instanceof errors.SessionNotFound) return { code: 'used' };
  // The token of the form: another tab has a newer one, or the session that it was in is over.
  return error instanceof errors.InvalidRequest ? { code: 'stale_form' } : undefined;
}

function formOf(ctx: KoaContextWithOIDC): { action: string; xsrf: string } {
  return {
    action: ctx.oidc.urlFor('code_verification'),
    xsrf: String(ctx.oidc.session?.state?.['secret']),
  };
}

function uiLocales(params: Record<string, unknown> | undefined): string | undefined {
  const value = params?.['ui_locales'];
  return typeof value === 'string' ? value : undefined;
}
