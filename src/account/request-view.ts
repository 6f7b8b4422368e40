import type { PersonRequest } from '../oidc/account-door.js';
import type { AccountView, PageData } from '../pages/page-data.js';

type RequestPage = PageData['account/request'];

/** A request as a line of the list. */
export function requestSummary(
  { client, bindingMessage, askedAt }: PersonRequest,
  url: string,
  now: number,
): PageData['account/requests']['requests'][number] {
  return {
    client,
    url,
    secondsAgo: secondsSince(askedAt, now),
    ...(bindingMessage === undefined ? {} : { bindingMessage }),
  };
}

/** A request as the page on which it is answered. */
export function requestPage(
  { client, access, bindingMessage, address, askedAt, expiresAt }: PersonRequest,
  { csrf, account, action }: { csrf: string; account: AccountView; action: string },
  now: number,
): RequestPage {
  return {
    client,
    account,
    csrf,
    approveAction: `${action}/approve`,
    denyAction: `${action}/deny`,
    address,
    secondsAgo: secondsSince(askedAt, now),
    secondsLeft: Math.max(0, Math.ceil(expiresAt - now / 1000)),
    scopes: access.openid.filter((scope) => scope !== 'offline_access').map((name) => ({ name })),
    claims: access.claims,
    services: access.services,
    offlineAccess: access.openid.includes('offline_access'),
    ...(bindingMessage === undefined ? {} : { bindingMessage }),
  };
}

function secondsSince(moment: number, now: number): number {
  return Math.max(0, Math.floor(now / 1000) - moment);
}
