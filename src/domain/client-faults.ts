import type { ClientKind, ClientRecord } from '../store/clients.js';
import type { JsonObject } from '../store/store.js';
import { assertionIssuerFaults } from './assertion-issuers.js';
import { certificateFaults } from './certificate-metadata.js';
import { clientKinds, hasSecret, takesPeopleBack } from './client-kinds.js';
import { isUsedAsKey } from './client-secrets.js';
import { toMetadata, type ClientSettings } from './client-settings.js';
import { fapiFaults } from './fapi-profile.js';
import type { Fault } from './faults.js';
import { metadataConflicts } from './metadata-conflicts.js';
import { metadataFaults, type ProtocolLimits } from './protocol-metadata.js';
import { judgeRedirectUri } from './redirect-uris.js';
import { openIdScopes, resourceFault } from './services.js';
import { exchangeFaults } from './token-exchange.js';

/** Everything that is wrong with the settings of a client, whether they are new or changed. */
export function faultsOf(
  kind: ClientKind,
  confidential: boolean,
  settings: ClientSettings,
  limits: ProtocolLimits,
): Fault[] {
  const metadata = toMetadata(kind, confidential, settings);
  return [
    ...nameFaults(settings.name),
    ...redirectFaults(kind, settings),
    ...pageFaults(settings),
    ...(settings.contacts ?? []).filter((contact) => !emailPattern.test(contact)).map(notAnEmail),
    ...scopeFaults(settings.scope),
    ...(settings.resources ?? []).flatMap((resource) => resourceFault('resources', resource)),
    ...defaultResourceFaults(settings),
    ...publicFaults(confidential, settings),
    ...exchangeFaults(settings.tokenExchange, confidential),
    ...assertionIssuerFaults(settings.assertionIssuers, confidential),
    ...metadataFaults(settings.metadata ?? {}, kind, limits),
    ...metadataConflicts(metadata),
    ...certificateFaults(metadata, limits),
    ...(settings.profile === 'fapi2' ? fapiFaults(metadata) : []),
  ];
}

/** A client id is chosen once, and stands in every sign-in address. */
export function idFaults(id: string): Fault[] {
  // Unreserved characters: relying parties disagree on how HTTP Basic encodes the others.
  if (/^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/.test(id)) return [];
  return [
    {
      field: 'id',
      value: id,
      reason: 'must be 1 to 100 of A-Z a-z 0-9 . _ ~ - and start with a letter or digit',
    },
  ];
}

/** A change to the way of authentication that needs a secret which isn't there. */
export function secretFaults({ secrets }: ClientRecord, metadata: JsonObject): Fault[] {
  const fits = isUsedAsKey(metadata)
    ? secrets.some(({ sealed }) => sealed !== undefined)
    : !hasSecret({ metadata }) || secrets.length > 0;
  if (fits) return [];
  return [
    { field: 'authMethod', reason: 'can only be chosen when the client is added: its secret is made for it' },
  ];
}

/** What is wrong with having a secret, or none, for the kind of client that it is. */
export function confidentialityFaults(kind: ClientKind, wanted: boolean | undefined): Fault[] {
  const { confidential: rule, description } = clientKinds[kind];
  if (wanted === true && rule === 'never') {
    return [
      { field: 'confidential', reason: `is not for a ${description}: everyone can read what it holds` },
    ];
  }
  if (wanted === false && rule === 'always') {
    return [{ field: 'confidential', reason: `cannot be off for a ${description}` }];
  }
  return [];
}

/** What is accepted but worth knowing, in sentences. */
export function notesOn(kind: ClientKind, settings: ClientSettings): string[] {
  return (settings.redirectUris ?? []).flatMap((uri) => judgeRedirectUri(uri, kind).notes);
}

function nameFaults(name: string): Fault[] {
  const fault = (reason: string) => [{ field: 'name', value: name, reason }];
  // Fillers and the blank of braille are letters and symbols to Unicode, and nothing to the eye.
  if (/^[\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\s\u2800]*$/u.test(name))
    return fault('is empty; people see it when they sign in');
  if (name.length > 100) return fault('is longer than 100 characters');
  // Bidirectional and other format characters could make the consent page say something else.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(name))
    return fault('contains invisible or control characters');
  return [];
}

function redirectFaults(kind: ClientKind, settings: ClientSettings): Fault[] {
  const faults: Fault[] = [];
  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    const uris = settings[field] ?? [];
    if (uris.length > 0 && !takesPeopleBack(kind)) {
      faults.push({ field, reason: `are not for the kind ${kind}: no browser is sent back to it` });
      continue;
    }
    if (field === 'redirectUris' && uris.length === 0 && takesPeopleBack(kind)) {
      faults.push({ field, reason: 'are missing: people who signed in are sent back there' });
    }
    uris.forEach((uri, index) => {
      if (uris.indexOf(uri) !== index) faults.push({ field, value: uri, reason: 'is given twice' });
      else faults.push(...uriFaults(field, uri, kind));
    });
  }
  return faults;
}

/** Pages of the app: judged like redirect URIs, because people's browsers are sent there or load them. */
function pageFaults(settings: ClientSettings): Fault[] {
  const fields = [
    'clientUri',
    'logoUri',
    'policyUri',
    'tosUri',
    'backchannelLogoutUri',
    'initiateLoginUri',
  ] as const;
  return fields.flatMap((field) => {
    const uri = settings[field];
    if (uri === undefined) return [];
    const faults = uriFaults(field, uri, 'web');
    if (faults.length === 0 && field === 'initiateLoginUri' && !uri.startsWith('https:')) {
      return [{ field, value: uri, reason: 'must have the scheme https (OpenID Connect Core, section 4)' }];
    }
    return faults;
  });
}

function uriFaults(field: string, uri: string, kind: ClientKind): Fault[] {
  const { reasons, instead } = judgeRedirectUri(uri, kind);
  if (reasons.length === 0) return [];
  return [{ field, value: uri, reason: reasons.join('; '), ...(instead === undefined ? {} : { instead }) }];
}

function scopeFaults(scope: string | undefined): Fault[] {
  if (scope === undefined) return [];
  const unknown = scope.split(' ').filter((name) => !openIdScopes.includes(name));
  const reason = `is not an OpenID scope; there are ${openIdScopes.join(', ')}. Scopes of a service are allowed through \`resources\``;
  return unknown.map((name) => ({ field: 'scope', value: name, reason }));
}

function defaultResourceFaults({ defaultResource, resources = [] }: ClientSettings): Fault[] {
  if (defaultResource === undefined || resources.includes(defaultResource)) return [];
  return [
    { field: 'defaultResource', value: defaultResource, reason: 'is not among the resources of this client' },
  ];
}

function publicFaults(confidential: boolean, settings: ClientSettings): Fault[] {
  if (confidential) return [];
  const faults: Fault[] = [];
  if (settings.requirePkce === false) {
    faults.push({
      field: 'requirePkce',
      reason:
        'cannot be off for a client without a secret: nothing else would bind the code to it (RFC 9700, section 2.1.1)',
    });
  }
  if (settings.authMethod !== undefined) {
    faults.push({
      field: 'authMethod',
      value: settings.authMethod,
      reason: 'needs a secret, and this client has none',
    });
  }
  if (settings.introspectAll === true) {
    faults.push({
      field: 'introspectAll',
      reason: 'needs a client with a secret, that nobody else can pass for',
    });
  }
  return faults;
}

/** As oidc-provider has it: a contact that it refuses would make the client unusable. */
const emailPattern = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$/;

function notAnEmail(contact: string): Fault {
  return { field: 'contacts', value: contact, reason: 'is not an email address' };
}
