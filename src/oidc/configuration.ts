import type { Configuration, ResponseType } from 'oidc-provider';
import { authenticationContexts } from '../domain/authentication-contexts.js';
import { authMethods } from '../domain/client-settings.js';
import { webOrigins } from '../domain/redirect-uris.js';
import {
  createOpaqueIntrospectionPolicy,
  createResourceFinder,
  refuseForeignResource,
  tokenDefaults,
} from './access-tokens/resources.js';
import { claimsOfAccessToken } from './access-tokens/token-claims.js';
import { createAccountFinder } from './accounts.js';
import { ALGORITHMS } from './algorithms.js';
import { createAuthorizationDetails, refuseWiderDetails } from './authorization/authorization-details.js';
import { createGrantLoader } from './authorization/grants.js';
import { createInteractionPolicy } from './authorization/interaction-policy.js';
import { createCiba } from './ciba/ciba.js';
import { CLAIMS_BY_SCOPE } from './claims.js';
import { CLIENT_SETTINGS, REGISTERED_METADATA, isFapi2, isPublic, settingsOf } from './client-metadata.js';
import { createDeviceFlow } from './device/device-flow.js';
import { nonceSecret } from './dpop.js';
import { createErrorPage } from './error-page.js';
import { createLogoutPages } from './logout/logout-pages.js';
import { createMutualTls } from './mutual-tls/mutual-tls.js';
import { createOutboundFetch } from './outbound/outbound.js';
import { pairwiseSubject } from './pairwise.js';
import type { ProviderDeps } from './provider-deps.js';
import { createAdapterFactory } from './storage/adapter.js';
import { BACKCHANNEL_REQUEST } from './storage/backchannel-request-adapter.js';

const HOUR = 3600;
/** The longest that what a person allowed an app goes on without them: the absolute end of every refresh token. */
const LONGEST_GRANT = 180 * 24 * HOUR;
/** A session without a person only carries a sign-out page to its button. */
const ANONYMOUS_SESSION = 600;

/**
 * The one place where a feature of the protocol is switched on. Everything that the library has a default helper or a
 * default page for, and warns about, is ours.
 */
export function createConfiguration(deps: ProviderDeps): Configuration {
  const { config, store, users, keys, vault, presenter } = deps;
  const { lifetimes } = config;
  const issuer = new URL(config.issuer);
  const https = issuer.protocol === 'https:';
  const mountPath = issuer.pathname.replace(/\/$/u, '');
  const cookie = { signed: true, httpOnly: true, sameSite: 'lax', secure: https, overwrite: true } as const;

  return {
    adapter: createAdapterFactory(deps),
    jwks: { keys: keys.privateJwks } as NonNullable<Configuration['jwks']>,
    findAccount: createAccountFinder(users),
    loadExistingGrant: createGrantLoader(store.consents),
    renderError: createErrorPage(presenter),
    fetch: createOutboundFetch(config.outboundAllowed),
    fetchResponseBodyLimits: { jwks_uri: 65_536, sector_identifier_uri: 65_536 },
    clockTolerance: lifetimes.clockTolerance,
    // Ours, and not features of the library: see registration.ts and client-documents.ts.
    discovery: {
      ...(config.registration.mode === 'off' ? {} : { registration_endpoint: `${config.issuer}/reg` }),
      ...(config.clientDocuments.hosts.length === 0 ? {} : { client_id_metadata_document_supported: true }),
    },

    // What may be asked for.
    responseTypes: [...config.protocol.responseTypes] as ResponseType[],
    scopes: ['openid', 'offline_access'],
    claims: { ...CLAIMS_BY_SCOPE, iss: null, sid: null },
    acrValues: authenticationContexts.map(({ acr }) => acr),
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: async (_ctx, accountId, client) => pairwiseSubject(vault, accountId, client),
    clientAuthMethods: [...authMethods, 'none'],
    enabledJWA: ALGORITHMS,
    pkce: { required: (_ctx, client) => isPublic(client) || settingsOf(client).require_pkce !== false },
    allowOmittingSingleRegisteredRedirectUri: false,

    // Clients.
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'RS256',
    },
    extraClientMetadata: { properties: [...CLIENT_SETTINGS, ...REGISTERED_METADATA] },
    clientBasedCORS: (_ctx, origin, client) =>
      isPublic(client) && webOrigins(client.redirectUris ?? []).includes(origin),

    // Tokens.
    extraTokenClaims: claimsOfAccessToken,
    // RFC 9700 4.14: refresh tokens rotate at every use; the family ends at its absolute age, and when one is reused.
    rotateRefreshToken: async (ctx) => {
      refuseForeignResource(ctx);
      await refuseWiderDetails(ctx, store.services);
      // FAPI 2.0 Security Profile 5.3.2.1-10: bound tokens gain nothing by rotation, and a lost answer loses the sign-in.
      if (isFapi2(ctx.oidc.client)) return false;
      return !ctx.oidc.entities.RefreshToken?.isSenderConstrained();
    },
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') ||
        // What is answered by CIBA has no session that such a token would end with.
        (settingsOf(client).refresh_token_without_offline_access === true &&
          source.kind !== BACKCHANNEL_REQUEST)),
    expiresWithSession: async (_ctx, source) => !source.scopes.has('offline_access'),
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessToken,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessToken,
      AuthorizationCode: 60,
      DeviceCode: lifetimes.deviceCode,
      // OpenID Connect CIBA Core 1.0, 7.1: a client can ask for less.
      BackchannelAuthenticationRequest: (ctx) => {
        const requested = Number(ctx?.oidc.params?.['requested_expiry'] ?? lifetimes.cibaRequest);
        return Math.min(requested, lifetimes.cibaRequest);
      },
      IdToken: lifetimes.idToken,
      RefreshToken: (ctx, token, client) => {
        const rotated = ctx?.oidc?.entities.RotatedRefreshToken;
        // A browser's refresh token is not prolonged by its use.
        if (rotated && isPublic(client) && client.applicationType === 'web')
          return Math.max(1, rotated.remainingTTL);
        return lifetimes.refreshToken;
      },
      Interaction: lifetimes.interaction,
      Session: (_ctx, session) => {
        if (session.accountId === undefined) return ANONYMOUS_SESSION;
        const now = Math.floor(deps.clock() / 1000);
        const age = now - (session.loginTs ?? now);
        return Math.max(1, Math.min(lifetimes.sessionIdle, lifetimes.sessionAbsolute - age));
      },
      Grant: (_ctx, grant) =>
        grant.getOIDCScope().split(' ').includes('offline_access')
          ? LONGEST_GRANT
          : lifetimes.sessionAbsolute + HOUR,
    },

    // The browser.
    interactions: {
      policy: createInteractionPolicy(store),
      url: (_ctx, interaction) => `${mountPath}/interaction/${interaction.uid}`,
    },
    cookies: {
      keys: keys.cookies,
      names: https
        ? {
            session: '__Host-gatehouse',
            interaction: '__Secure-gatehouse-interaction',
            resume: '__Secure-gatehouse-resume',
          }
        : { session: 'gatehouse', interaction: 'gatehouse-interaction', resume: 'gatehouse-resume' },
      long: cookie,
      short: cookie,
    },

    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: createOpaqueIntrospectionPolicy(store.services) },
      // RFC 7009 2.1: one's own tokens only.
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      resourceIndicators: {
        enabled: true,
        // None is undefined: an empty list counts as several, and the authorization endpoint gives no token for several.
        defaultResource: async (_ctx, client, oneOf) =>
          (oneOf ?? settingsOf(client).default_resource) as string,
        getResourceServerInfo: createResourceFinder(store.services, tokenDefaults(lifetimes)),
        useGrantedResource: async () => false,
      },
      richAuthorizationRequests: createAuthorizationDetails(store.services, deps.detailsTypes),
      rpInitiatedLogout: { enabled: true, ...createLogoutPages(presenter, users) },
      backchannelLogout: { enabled: true },
      deviceFlow: createDeviceFlow(deps),
      ciba: createCiba(deps),
      dPoP: { enabled: true, nonceSecret: nonceSecret(vault), requireNonce: () => true },
      mTLS: createMutualTls(deps),
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: config.protocol.requirePushedRequests,
      },
      requestObjects: { enabled: true },
      jwtResponseModes: { enabled: true },
      claimsParameter: { enabled: true },
      encryption: { enabled: true },
      jwtUserinfo: { enabled: true },
      jwtIntrospection: { enabled: true },
      fapi: { enabled: true, profile: (_ctx, client) => (isFapi2(client) ? '2.0' : undefined) },
    },
  };
}
