import type { Context } from 'koa';
import { errors, type Client, type InteractionResults } from 'oidc-provider';
import type Provider from 'oidc-provider';
import { AppError } from '../domain/app-error.js';
import { isAmong, type AuthorizationDetail } from '../domain/authorization-details.js';
import { redirectHost } from '../domain/redirect-uris.js';
import type { Vault } from '../domain/vault.js';
import { sameText } from '../http/same-text.js';
import type { ClientView } from '../pages/page-data.js';
import { clientView } from './client-view.js';
import { grantFor } from './authorization/grants.js';
import { StoreUnavailableError } from '../store/store.js';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** One step of sign-in that a browser is at: what it is for, and the ways on. */
export interface Step {
  uid: string;
  prompt: { name: string; reasons: string[]; details: Record<string, unknown> };
  client: ClientView & { id: string };
  /** Where the browser goes from here; undefined when it goes nowhere, since the tokens go to a device. */
  redirectHost: string | undefined;
  params: Record<string, unknown>;
  uiLocales: string | undefined;
  /** Who is signed in in this browser, if somebody is. */
  session: { uid: string; accountId: string } | undefined;
  /** What the step's forms carry. */
  csrf: string;
  checkCsrf(sent: string | undefined): void;
  /** `judgedAt`: when the person proved who they are, in milliseconds. */
  signIn(result: { accountId: string; acr: string; amr: string[]; judgedAt: number }): Promise<void>;
  /** Grants what is missing, and these details, under a grant of the person and the client. */
  consent(details: readonly AuthorizationDetail[]): Promise<void>;
  cancel(): Promise<void>;
  /** The same request once more, as a browser without a session would make it. */
  startOver(): Promise<void>;
}

/** The only way from the pages into the provider. */
export interface Door {
  /** Throws AppError: `cookies_missing`, or `sign_in_expired` when it is over, foreign or of another browser. */
  open(ctx: Context, uid: string): Promise<Step>;
}

/** @param currentProvider asked for each step, which then stays with that one */
export function createDoor(currentProvider: () => Provider, vault: Vault): Door {
  return {
    async open(ctx, uid) {
      const provider = currentProvider();
      const interaction = await provider
        .interactionDetails(ctx.req, ctx.res)
        .catch((error: unknown) => explain(error, sendsCookies(ctx, provider)));
      if (interaction.uid !== uid) throw new AppError('sign_in_expired', 400);
      const client = await provider.Client.find(String(interaction.params['client_id']));
      if (!client) throw new AppError('sign_in_expired', 400);
      return step(ctx, provider, vault, interaction, client);
    },
  };
}

/** Whether cookies reach us at all: a session's from this browser, or one of this sign-in that is not valid any more. */
function sendsCookies(ctx: Context, provider: Provider): boolean {
  const name = (of: string) => (provider as unknown as { cookieName(of: string): string }).cookieName(of);
  return ['session', 'interaction'].some((of) => ctx.cookies.get(name(of), { signed: false }) !== undefined);
}

export function explain(error: unknown, cookiesWork = true): never {
  if (error instanceof errors.SessionNotFound)
    throw new AppError(cookiesWork ? 'sign_in_expired' : 'cookies_missing', 400, { cause: error });
  const { cause } = (error ?? {}) as Error;
  throw cause instanceof StoreUnavailableError ? cause : error;
}

/** A host, or the scheme of a native app. */
function hostOf(redirectUri: unknown): string | undefined {
  if (redirectUri === undefined) return undefined;
  const uri = String(redirectUri);
  return redirectHost(uri) ?? new URL(uri).protocol;
}

function step(
  ctx: Context,
  provider: Provider,
  vault: Vault,
  interaction: Interaction,
  client: Client,
): Step {
  const csrf = vault.fingerprint('csrf', interaction.uid);
  const { session, params, prompt } = interaction;
  const redirectHost = hostOf(params['redirect_uri']);

  const finish = async (result: InteractionResults) => {
    interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
    await interaction.persist().catch(explain);
    ctx.status = 303;
    ctx.redirect(interaction.returnTo);
  };

  return {
    uid: interaction.uid,
    prompt: { name: prompt.name, reasons: prompt.reasons, details: prompt.details },
    client: {
      ...(redirectHost === undefined ? {} : { host: redirectHost }),
      ...clientView(client),
      id: client.clientId,
    },
    redirectHost,
    params,
    uiLocales: typeof params['ui_locales'] === 'string' ? params['ui_locales'] : undefined,
    session:
      session?.accountId === undefined ? undefined : { uid: session.uid, accountId: session.accountId },
    csrf,
    checkCsrf(sent) {
      if (!sameText(sent, csrf)) throw new AppError('cross_site_request', 403);
    },
    async signIn({ accountId, acr, amr, judgedAt }) {
      // Somebody else takes over the browser: their sign-in starts a session of its own (the caller has ended the old).
      if (session?.accountId !== undefined && session.accountId !== accountId) delete interaction.session;
      await finish({ login: { accountId, acr, amr, ts: Math.floor(judgedAt / 1000) } });
    },
    async consent(details) {
      if (session?.accountId === undefined) throw new AppError('sign_in_expired', 400);
      const known =
        interaction.grantId === undefined
          ? undefined
          : await provider.Grant.find(interaction.grantId).catch(explain);
      const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details as {
        missingOIDCScope?: string[];
        missingOIDCClaims?: string[];
        missingResourceScopes?: Record<string, string[]>;
      };
      const fresh = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      const grant = grantFor(known ?? fresh, provider, missingOIDCScope ?? []);
      if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
      if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
      for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
        grant.addResourceScope(resource, scopes.join(' '));
      }
      for (const detail of details) {
        if (!isAmong(detail, grant.rar)) grant.addRar(detail);
      }
      await finish({ consent: { grantId: await grant.save().catch(explain) } });
    },
    async cancel() {
      await finish({ error: 'access_denied', error_description: 'the person did not continue' });
    },
    async startOver() {
      delete interaction.session;
      delete interaction.lastSubmission;
      await finish({});
    },
  };
}
