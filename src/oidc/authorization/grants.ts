import type { Configuration, Grant, KoaContextWithOIDC } from 'oidc-provider';
import type Provider from 'oidc-provider';
import { requestScope } from '../../http/request-scope.js';
import type { ConsentRecord, ConsentStore } from '../../store/consents.js';
import type { Store } from '../../store/store.js';
import { asksDetailsOf } from './authorization-details.js';
import { isPublic, settingsOf } from '../client-metadata.js';

/** What an authorization request asks for that needs a yes. */
export interface Asked {
  scopes: string[];
  claims: string[];
  resources: Record<string, string[]>;
}

function askedBy(ctx: KoaContextWithOIDC): Asked {
  const { requestParamOIDCScopes, requestParamClaims, requestParamScopes, resourceServers } = ctx.oidc;
  const resources = Object.entries(resourceServers ?? {}).map(([resource, server]) => {
    const offered = new Set(server.scope?.split(' '));
    return [resource, [...requestParamScopes].filter((scope) => offered.has(scope))] as const;
  });
  return {
    scopes: [...requestParamOIDCScopes],
    claims: [...requestParamClaims],
    resources: Object.fromEntries(resources),
  };
}

/** Adds to a grant what is asked for and allowed; true when that changed it. */
function extend(grant: Grant, asked: Asked, allowed: Asked | 'everything'): boolean {
  const permitted = (list: string[], from: string[] | undefined) =>
    allowed === 'everything' ? list : list.filter((entry) => from?.includes(entry));
  const before = JSON.stringify([grant.openid, grant.resources]);
  const scopes = permitted(asked.scopes, allowed === 'everything' ? [] : allowed.scopes);
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '));
  const claims = permitted(asked.claims, allowed === 'everything' ? [] : allowed.claims);
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [resource, list] of Object.entries(asked.resources)) {
    const granted = permitted(list, allowed === 'everything' ? [] : allowed.resources[resource]);
    if (granted.length > 0) grant.addResourceScope(resource, granted.join(' '));
  }
  return JSON.stringify([grant.openid, grant.resources]) !== before;
}

/**
 * How long a grant lives is decided when it is made, by whether it outlives the session. One that gets offline_access
 * later is followed by another with the same content.
 */
export function grantFor(grant: Grant, provider: Provider, scopes: readonly string[]): Grant {
  if (!scopes.includes('offline_access') || grant.getOIDCScope().split(' ').includes('offline_access'))
    return grant;
  const { accountId, clientId, openid, resources, rar } = grant;
  const successor = new provider.Grant({ accountId, clientId } as { accountId: string; clientId: string });
  return Object.assign(successor, structuredClone({ openid, resources, ...(rar && { rar }) }));
}

/** Whether a grant holds all of it, so that nobody has to be asked, nor any record what they have said before. */
function covers(grant: Grant, asked: Asked, fresh: Grant): boolean {
  const { openid, resources } = grant;
  return !extend(Object.assign(fresh, structuredClone({ openid, resources })), asked, 'everything');
}

/** What the person has allowed the client, read once for each request. */
async function rememberedConsent(
  consents: ConsentStore,
  accountId: string,
  clientId: string,
): Promise<ConsentRecord | undefined> {
  const reads = requestScope()?.reads;
  const name = `consent/${accountId}/${clientId}`;
  if (reads?.has(name)) return reads.get(name) as ConsentRecord | undefined;
  const consent = await consents.find(accountId, clientId);
  reads?.set(name, consent);
  return consent;
}

/**
 * Finds what a request may do without asking the person again. First-party clients need no consent; for others what
 * was allowed before is remembered beyond the session. The grant itself lives and ends with its session, so that a
 * logout revokes the tokens and not the decision.
 */
export function createGrantLoader(consents: ConsentStore): NonNullable<Configuration['loadExistingGrant']> {
  return async (ctx) => {
    const { client, account, session, provider, result } = ctx.oidc;
    if (!client || !account || !session) return undefined;
    const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const usable = known && known.accountId === account.accountId && known.clientId === client.clientId;
    const fresh = () => new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    const asked = askedBy(ctx);
    if (usable && covers(known, asked, fresh())) return known;
    const allowed = settingsOf(client).first_party
      ? 'everything'
      : await rememberedConsent(consents, account.accountId, client.clientId);
    if (!allowed) return usable ? known : undefined;
    const outlives =
      allowed === 'everything' || allowed.scopes.includes('offline_access') ? asked.scopes : [];
    const grant = grantFor(usable ? known : fresh(), provider, outlives);
    if (extend(grant, asked, allowed)) await grant.save();
    return usable || grant.jti ? grant : undefined;
  };
}

/**
 * RFC 8252 8.6: whoever calls on this device may claim to be a public native app, so its requests are not answered
 * without the person, unless the redirect goes to an address that only the app can own.
 */
export function needsPersonEachTime(ctx: KoaContextWithOIDC): boolean {
  const { client, params, result, entities } = ctx.oidc;
  // Somebody has just confirmed the device and what it asks for.
  if (entities.DeviceCode) return false;
  if (!client || client.applicationType !== 'native' || !isPublic(client) || result?.consent) return false;
  return !String(params?.['redirect_uri']).startsWith('https:');
}

/**
 * Whether a token is asked for a service, without any of its scopes, that the person has not seen on a consent page.
 * Details that are asked of it stand in for scopes, and are consented to by themselves.
 */
export async function hasUnseenService(
  ctx: KoaContextWithOIDC,
  { consents, services }: Pick<Store, 'consents' | 'services'>,
): Promise<boolean> {
  const { client, account, result } = ctx.oidc;
  const withoutScopes = Object.entries(askedBy(ctx).resources).filter(([, scopes]) => scopes.length === 0);
  if (withoutScopes.length === 0 || !client || !account) return false;
  if (settingsOf(client).first_party === true || result?.consent) return false;
  const consent = await rememberedConsent(consents, account.accountId, client.clientId);
  const unseen = withoutScopes.filter(([resource]) => consent?.resources[resource] === undefined);
  const detailed = await Promise.all(unseen.map(([resource]) => asksDetailsOf(ctx, services, resource)));
  return detailed.includes(false);
}
