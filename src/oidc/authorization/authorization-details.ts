import {
  errors,
  type AuthorizationDetailsForIntrospection,
  type Client,
  type KoaContextWithOIDC,
  type RichAuthorizationRequestsActiveConfiguration,
} from 'oidc-provider';
import {
  detailFault,
  detailsFault,
  detailsOf,
  isAmong,
  type AuthorizationDetail,
} from '../../domain/authorization-details.js';
import { cibaGrant, deviceGrant } from '../../domain/client-kinds.js';
import type { DetailsType, ServiceStore } from '../../store/services.js';
import { amendMetadata } from '../discovery/amend-metadata.js';
import { settingsOf } from '../client-metadata.js';

/** Grants behind which there is a person who allowed the details, and which know how to narrow them. */
const GRANTS: readonly unknown[] = ['authorization_code', 'refresh_token', deviceGrant, cibaGrant];

type Feature = RichAuthorizationRequestsActiveConfiguration & {
  authorizationDetailsForIntrospection: AuthorizationDetailsForIntrospection;
};
type Services = Pick<ServiceStore, 'find'>;

/**
 * Rich authorization requests (RFC 9396). The library knows the names of the types, as they were when it was built; what
 * they mean, and whether the client may ask for them, is read from the services at each request that uses them.
 */
export function createAuthorizationDetails(services: Services, types: readonly string[]): Feature {
  const validate = (ctx: KoaContextWithOIDC, detail: AuthorizationDetail, client: Client) =>
    judge(ctx, detail, client, services);

  return {
    enabled: true,
    types: Object.fromEntries(types.map((type) => [type, { validate }])),

    // What the person allowed, and no more; one of the operator's own apps is given what it asks for.
    authorizationDetailsForGrantSource(ctx) {
      const asked = detailsOf(ctx.oidc.params);
      if (settingsOf(ctx.oidc.client!).first_party === true) return asked;
      return asked.filter((detail) => isAmong(detail, ctx.oidc.entities.Grant?.rar));
    },

    async authorizationDetailsForAccessToken(ctx, token, source) {
      // The audience of a token for a service is one; the userinfo endpoint's has none.
      return narrowed(ctx, await detailsFor(services, String(token.aud ?? ''), source?.rar));
    },

    authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
  };
}

async function judge(
  ctx: KoaContextWithOIDC,
  detail: AuthorizationDetail,
  client: Client,
  services: Services,
): Promise<void> {
  const { params = {} } = ctx.oidc;
  // Each of them is something that a person allows: a program that acts for itself has nobody to ask.
  if (ctx.oidc.route === 'token' && !GRANTS.includes(params['grant_type']))
    refuse('authorization_details need a person: they are not given by this grant type');
  const whole = detailsFault(String(params['authorization_details']));
  if (whole !== undefined) refuse(whole);
  const { resources = [], default_resource: fallback } = settingsOf(client);
  // Without any the library refuses the request a moment later.
  const named = [params['resource'] ?? fallback ?? resources].flat();
  const own = resources.filter((resource) => named.includes(resource));
  const declared = await declaredType(services, own, detail.type);
  // One answer for what doesn't exist and what isn't allowed: clients can't probe for services.
  if (declared === undefined)
    return refuse('the client may not ask this resource for an authorization details type of this name');
  const fault = detailFault(detail, declared);
  if (fault !== undefined) refuse(fault);
}

async function declaredType(
  services: Services,
  resources: readonly string[],
  type: string,
): Promise<DetailsType | undefined> {
  const found = await Promise.all(resources.map((resource) => services.find(resource)));
  return found.flatMap((service) => service?.detailsTypes ?? []).find((declared) => declared.type === type);
}

/** Those that are for a service: of the types that it declares (RFC 9396 7: each resource server learns its own). */
async function detailsFor(
  services: Services,
  resource: string,
  details: readonly AuthorizationDetail[] = [],
): Promise<AuthorizationDetail[]> {
  const service = details.length > 0 ? await services.find(resource) : undefined;
  return details.filter(({ type }) => service?.detailsTypes?.some((declared) => declared.type === type));
}

/** RFC 9396 6.1: a token request may ask for fewer than were granted, and for no others. */
function narrowed(ctx: KoaContextWithOIDC, granted: AuthorizationDetail[]): AuthorizationDetail[] {
  // Of an authorization request they are what was just granted.
  const asked = ctx.oidc.route === 'token' ? detailsOf(ctx.oidc.params) : [];
  if (asked.length === 0) return granted;
  if (!asked.every((detail) => isAmong(detail, granted)))
    refuse('authorization_details were asked for that were not granted for this resource');
  return asked;
}

/**
 * A refresh that asks for details which were not granted. The library looks at that after it has used the token up, and
 * an error would cost the person their sign-in.
 */
export async function refuseWiderDetails(ctx: KoaContextWithOIDC, services: Services): Promise<void> {
  if (ctx.oidc.params?.['authorization_details'] === undefined) return;
  const granted = ctx.oidc.entities.RefreshToken?.rar;
  narrowed(ctx, await detailsFor(services, String(ctx.oidc.params['resource']), granted));
}

/** Whether details are asked for that the person has not allowed in this session: nothing else remembers them. */
export function hasUnseenDetails(ctx: KoaContextWithOIDC): boolean {
  const { client, params, entities, result } = ctx.oidc;
  if (!client || settingsOf(client).first_party === true) return false;
  if (detailsOf(params).every((detail) => isAmong(detail, entities.Grant?.rar))) return false;
  // They said yes to what the page had words for, and the service has taken its words back meanwhile.
  const { grantId } = result?.consent ?? {};
  if (grantId !== undefined && grantId === entities.Grant?.jti)
    refuse('a service has stopped to declare a type of the authorization_details');
  return true;
}

/** Whether the request asks details of this service. */
export async function asksDetailsOf(
  ctx: KoaContextWithOIDC,
  services: Services,
  resource: string,
): Promise<boolean> {
  return (await detailsFor(services, resource, detailsOf(ctx.oidc.params))).length > 0;
}

/** Where no service declares a type, discovery does not speak of them. */
export const omitEmptyDetailsTypes = amendMetadata((metadata) => {
  const types = metadata['authorization_details_types_supported'] as string[] | undefined;
  if (types?.length === 0) delete metadata['authorization_details_types_supported'];
});

function refuse(description: string): never {
  throw new errors.InvalidAuthorizationDetails(description);
}
