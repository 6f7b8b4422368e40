import type { DetailsType, ServiceRecord } from '../store/services.js';
import { labelled, moment, table } from './layout.js';

/** A service as `--json` shows it. */
export function serviceView(service: ServiceRecord): Record<string, unknown> {
  return {
    resource: service.resource,
    name: service.name,
    scopes: service.scopes,
    ...(service.detailsTypes && { details_types: service.detailsTypes }),
    token_format: service.tokenFormat,
    token_ttl: service.tokenTtl,
    token_alg: service.tokenAlg,
    introspected_by: service.introspectedBy,
    created_at: new Date(service.createdAt).toISOString(),
    updated_at: new Date(service.updatedAt).toISOString(),
  };
}

/** Everything about a service, in words. */
export function describeService(service: ServiceRecord, usedBy: readonly string[] = []): string {
  return labelled([
    ['Resource', service.resource],
    ['Name', service.name],
    ...scopesAndFormat(service),
    ['Tokens live', service.tokenTtl === undefined ? undefined : `${service.tokenTtl} seconds`],
    ['Signed with', service.tokenAlg],
    ['Introspected by', service.introspectedBy.join(', ') || 'no client of its own'],
    ...usedBy.map((id) => ['Used by', id] as const),
    ['Added', moment(service.createdAt)],
    ['Changed', moment(service.updatedAt)],
  ]);
}

/** What those who look at its client want to know too. */
export function scopesAndFormat(service: ServiceRecord): (readonly [string, string])[] {
  return [
    ['Token format', service.tokenFormat],
    ...service.scopes.map(({ name, description }) => ['Scope', `${name}: ${description}`] as const),
    ...(service.detailsTypes ?? []).map(
      (declared) => ['Details type', detailsTypeInWords(declared)] as const,
    ),
  ];
}

function detailsTypeInWords({ type, description, fields }: DetailsType): string {
  const members = fields.map(
    ({ name, kind, required, allowed }) =>
      `${name}${required === true ? '' : '?'}: ${allowed === undefined ? kind : allowed.join(' | ')}`,
  );
  return `${type}: ${description} (${members.join(', ') || 'nothing else'})`;
}

export function serviceTable(services: readonly ServiceRecord[], width: number): string {
  return table(
    services,
    [
      { title: 'RESOURCE', value: ({ resource }) => resource, whole: true },
      { title: 'FORMAT', value: ({ tokenFormat }) => tokenFormat, whole: true },
      { title: 'NAME', value: ({ name }) => name },
      { title: 'SCOPES', value: ({ scopes }) => scopes.map(({ name }) => name).join(' ') },
    ],
    width,
  );
}
