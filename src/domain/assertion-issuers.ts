import type { ServiceRecord } from '../store/services.js';
import type { Json, JsonObject } from '../store/store.js';
import type { UserRecord } from '../store/users.js';
import { askedService, isRefusal, type FindService, type Refusal } from './asked-service.js';
import type { Fault } from './faults.js';
import { jwksFault } from './jwks-fault.js';
import { judgeRedirectUri } from './redirect-uris.js';
import { resourceFault } from './services.js';
import type { Users } from './users.js';

/** RFC 7523 2.1. */
export const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Seconds that an assertion may live from now on: it is made for the one request in which it is sent. */
export const LONGEST_ASSERTION = 300;

/** Somebody else whose word a client may bring: who a person is that it asks a token for. By the names on the wire. */
export type AssertionIssuer = {
  /** `iss` of its assertions. */
  issuer: string;
  /** Its public keys, or where they are. */
  jwks?: JsonObject;
  jwks_uri?: string;
  /** What the `sub` of its assertions is of our users: their id, or what they sign in with. */
  subject: 'id' | 'login';
  /** Resource indicators of the services that tokens are given for. */
  resources: string[];
  /** The scopes there; absent: all that these services have. */
  scopes?: string[];
};

const MEMBERS = ['issuer', 'jwks', 'jwks_uri', 'subject', 'resources', 'scopes'];

/** Whom an assertion speaks of: a user who may sign in. */
export async function subjectOf(
  { subject }: AssertionIssuer,
  sub: string,
  users: Pick<Users, 'find' | 'findByLogin'>,
): Promise<UserRecord | undefined> {
  const user = await (subject === 'id' ? users.find(sub) : users.findByLogin(sub));
  return user?.disabledAt === undefined ? user : undefined;
}

/** Decides what an assertion of this issuer is good for. */
export async function judgeAssertion(
  { resources, scopes: allowed }: AssertionIssuer,
  asked: { targets: readonly string[]; scopes: readonly string[] },
  findService: FindService,
): Promise<{ service: ServiceRecord; scopes: string[] } | Refusal> {
  const service = await askedService(asked.targets, resources, findService);
  if (isRefusal(service)) return service;
  const offered = service.scopes.map(({ name }) => name).filter((scope) => allowed?.includes(scope) ?? true);
  if (asked.scopes.some((scope) => !offered.includes(scope)))
    return { error: 'invalid_scope', because: 'more is asked for than can be had' };
  return { service, scopes: [...new Set(asked.scopes)] };
}

/** Everything that is wrong with the issuers that a client is to be given. */
export function assertionIssuerFaults(issuers: readonly Json[] | undefined, confidential: boolean): Fault[] {
  if (issuers === undefined) return [];
  const field = 'assertionIssuers';
  const faults = issuers.flatMap((issuer) => issuerFaults(issuer));
  if (!confidential)
    faults.push({ field, reason: 'needs a client with a secret: anybody could bring what they have found' });
  if (issuers.length === 0 || issuers.length > 10) faults.push({ field, reason: 'must be 1 to 10' });
  const names = issuers.map((issuer) => (issuer as JsonObject | null)?.['issuer']);
  if (new Set(names).size !== names.length) faults.push({ field, reason: 'has an issuer twice' });
  return faults;
}

/** Services that they speak of, as far as can be read: what else is wrong with them is told apart. */
export function servicesOfIssuers(issuers: readonly Json[] = []): string[] {
  return issuers.flatMap((issuer) => {
    const resources = (issuer as JsonObject | null)?.['resources'];
    return isTexts(resources) ? resources : [];
  });
}

function issuerFaults(given: Json): Fault[] {
  const field = 'assertionIssuers';
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    return [{ field, reason: 'must be a JSON object' }];
  const { issuer, jwks, jwks_uri: uri, subject, resources, scopes } = given;
  const value = typeof issuer === 'string' ? issuer.slice(0, 100) : '';
  const reasons: (string | undefined | false)[] = [
    Object.keys(given).some((name) => !MEMBERS.includes(name)) && `can only have ${MEMBERS.join(', ')}`,
    !isText(issuer) && 'needs the issuer of its assertions',
    (jwks === undefined) === (uri === undefined) && 'needs one of jwks and jwks_uri',
    jwks !== undefined && prefixed('jwks', jwksFault(jwks)),
    uri !== undefined && !isHttps(uri) && 'needs an https URL as jwks_uri',
    subject !== 'id' && subject !== 'login' && 'needs id or login as subject',
    !isTexts(resources) && 'needs resources: the services that tokens are given for',
    scopes !== undefined && !isTexts(scopes) && 'needs a list of scopes as scopes',
  ];
  return [
    ...reasons.filter((reason) => typeof reason === 'string').map((reason) => ({ field, value, reason })),
    ...(isTexts(resources) ? resources.flatMap((resource) => resourceFault(field, resource)) : []),
  ];
}

function prefixed(name: string, reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : `${name} ${reason}`;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,500}$/.test(value);
}

function isTexts(value: Json | undefined): value is string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.length <= 20 && value.every((each) => isText(each))
  );
}

function isHttps(value: Json): boolean {
  return (
    typeof value === 'string' &&
    value.startsWith('https:') &&
    judgeRedirectUri(value, 'web').reasons.length === 0
  );
}
