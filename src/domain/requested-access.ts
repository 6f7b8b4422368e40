import type { ServiceRecord, ServiceStore } from '../store/services.js';
import {
  detailInWords,
  detailsOf,
  type AuthorizationDetail,
  type DetailInWords,
} from './authorization-details.js';
import { openIdScopes } from './services.js';

/** What a request asks for, apart by whom it concerns: OpenID scopes, and the scopes of each service (RFC 8707). */
export interface RequestedAccess {
  openid: string[];
  /** `host`: where the service is, as far as its resource indicator says. */
  services: {
    resource: string;
    name: string;
    host: string;
    scopes: ServiceRecord['scopes'];
    details: DetailInWords[];
  }[];
  /** Authorization details (RFC 9396) that are in words above: nothing else may be allowed by who reads them. */
  details: AuthorizationDetail[];
}

/** Reads `scope`, `resource` and `authorization_details` (RFC 9396) of a request. Names that nobody knows are left out: they could get a meaning later. */
export async function requestedAccess(
  params: Readonly<Record<string, unknown>>,
  services: Pick<ServiceStore, 'find'>,
): Promise<RequestedAccess> {
  const requested = String(params['scope'] ?? '').split(' ');
  const indicators = [params['resource'] ?? []].flat().filter((entry) => typeof entry === 'string');
  const details = detailsOf(params);
  const found = await Promise.all(indicators.map((resource) => services.find(resource)));
  const types = found.flatMap((service) => service?.detailsTypes ?? []);
  return {
    openid: requested.filter((scope) => openIdScopes.includes(scope)),
    services: found
      .filter((service) => service !== undefined)
      .map(({ resource, name, scopes, detailsTypes = [] }) => ({
        resource,
        name,
        host: new URL(resource).host || resource,
        scopes: scopes.filter((scope) => requested.includes(scope.name)),
        details: details.flatMap((detail) => {
          const declared = detailsTypes.find(({ type }) => type === detail.type);
          return declared === undefined ? [] : [detailInWords(detail, declared)];
        }),
      })),
    details: details.filter((detail) => types.some(({ type }) => type === detail.type)),
  };
}
