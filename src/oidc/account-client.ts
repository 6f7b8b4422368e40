import type { AdapterPayload } from 'oidc-provider';

/** No client that is stored can have it: those begin with a letter or a digit. */
export const ACCOUNT_CLIENT = '~account';

/** Where people are when they have signed in to their account. */
export function accountRedirectUri(issuer: string): string {
  return `${issuer}/account/signed-in`;
}

/**
 * The pages of the account as a client of their own server: so people sign in to them by the one sign-in there is. It is
 * confidential and has no secret, so that nobody passes for it: its requests are pushed by `account-door.ts`, and its codes
 * are never redeemed.
 */
export function accountClient({ issuer, name }: { issuer: string; name: string }): AdapterPayload {
  return {
    client_id: ACCOUNT_CLIENT,
    client_name: name,
    client_secret: 'none: nothing is equal to it, since there is no record of this client',
    token_endpoint_auth_method: 'client_secret_basic',
    auth_method_pinned: true,
    application_type: 'web',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: [accountRedirectUri(issuer)],
    scope: 'openid',
    require_pushed_authorization_requests: true,
    first_party: true,
  } as AdapterPayload;
}
