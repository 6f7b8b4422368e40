import type { Config } from '../config.js';
import type { ClientRecord } from '../store/clients.js';
import type { Json, JsonObject } from '../store/store.js';
import { isConfidential } from './client-kinds.js';
import { wireNames } from './client-settings.js';
import type { Fault } from './faults.js';
import { isAllowedHost, isPrivateHost } from './private-hosts.js';
import type { RegisteredMetadata } from './registered-metadata.js';

/** What the operator has decided about clients that register themselves. */
export interface RegistrationPolicy {
  /** Whether confidential clients must use PKCE; public ones always do. */
  requirePkce: boolean;
  /** Services that each of them may ask tokens for. */
  resources: readonly string[];
  /** Private hosts, `host` or `host:port`, that their addresses may have. */
  allowedHosts: readonly string[];
  /** For how long one is kept that never got a token, and for how long after it did, in milliseconds. */
  keptUnused: number;
  keptAfterUse: number;
}

export const DAY = 24 * 3600 * 1000;

export function registrationPolicy({
  protocol,
  registration,
  lifetimes,
  outboundAllowed,
}: Config): RegistrationPolicy {
  const { unusedLifetime } = registration;
  return {
    // The conformance suite knows PKCE in one module alone.
    requirePkce: protocol.profile !== 'conformance',
    resources: registration.resources,
    allowedHosts: outboundAllowed,
    keptUnused: unusedLifetime * 1000,
    // A use is noted once a day, so that it may be a day younger than it looks.
    keptAfterUse: Math.max(unusedLifetime, lifetimes.refreshToken) * 1000 + DAY,
  };
}

/**
 * What all registered clients have by the operator's leave. It is never stored with them: what the operator takes back
 * is gone at once, and nothing that an app says can get it there.
 */
export function grantedMetadata(policy: RegistrationPolicy, client: ClientRecord): JsonObject {
  return {
    resources: [...policy.resources],
    require_pkce: policy.requirePkce || !isConfidential(client),
    unvouched: !isVouchedFor(client),
  };
}

/** What makes people take an app for what it is not. */
const IDENTITY = ['client_name', 'logo_uri', 'redirect_uris'];

/**
 * Whether somebody whom the operator knows stands behind a client: whoever was given its initial access token, or whoever
 * signed its software statement, if that fixes all by which people know it. Statements are public: a stranger can send one
 * along with a name and a redirect URI that it says nothing about.
 */
function isVouchedFor({ metadata, registration }: ClientRecord): boolean {
  const { initialAccessToken, statement = {} } = registration ?? {};
  if (initialAccessToken !== undefined) return true;
  return IDENTITY.every((name) => metadata[name] === undefined || statement[name] !== undefined);
}

/** Whether nobody used it for so long that it is gone, whether or not it has been removed yet. */
export function isLapsed({ keptUntil }: ClientRecord, now: number): boolean {
  return keptUntil !== undefined && keptUntil <= now;
}

/**
 * Where a stranger's client must not lead people or the server: inside. Only native apps listen on the loopback of those
 * who use them (RFC 8252 7.3).
 */
export function insideFaults({ kind, settings }: RegisteredMetadata, policy: RegistrationPolicy): Fault[] {
  const members: [string, Json | undefined][] = [
    ...Object.entries(wireNames)
      .filter(([name]) => /Uris?$/u.test(name))
      .map(([name, field]) => [field, settings[name as keyof typeof wireNames]] as [string, Json]),
    ...Object.entries(settings.metadata ?? {}).filter(([name]) => /_uris?$/u.test(name)),
  ];
  // Whatever http they have is on loopback: the rules for all clients see to that.
  const isOwn = (field: string, uri: string) =>
    kind === 'native' && field.endsWith('redirect_uris') && uri.startsWith('http:');
  return members.flatMap(([field, value]) =>
    [value ?? []]
      .flat()
      .filter((uri) => typeof uri === 'string')
      .filter((uri) => !isOwn(field, uri) && isInside(uri, policy.allowedHosts))
      .map((uri) => ({ field, value: uri, reason: 'leads to a private host' })),
  );
}

function isInside(uri: string, allowed: readonly string[]): boolean {
  const url = URL.parse(uri);
  if (url === null || !/^https?:$/u.test(url.protocol)) return false;
  return isPrivateHost(url.hostname) && !isAllowedHost(url, allowed);
}
