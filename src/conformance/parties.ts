import type { NewClient } from '../domain/clients.js';
import type { ServiceSettings } from '../domain/services.js';
import type { NewUser } from '../domain/users.js';
import type { JsonObject } from '../store/store.js';

/** The person whom the suite signs in, with every standard claim (OpenID Connect Core 5.1): its login name. */
export const SUITE_USER = 'conformance';

export function suiteUser(password: string): NewUser {
  return {
    username: SUITE_USER,
    email: 'conformance@example.com',
    emailVerified: true,
    password,
    profile: {
      name: 'Connie Marie Formance',
      given_name: 'Connie',
      middle_name: 'Marie',
      family_name: 'Formance',
      nickname: 'Con',
      profile: 'https://example.com/connie',
      picture: 'https://example.com/connie.png',
      website: 'https://connie.example.com/',
      gender: 'female',
      birthdate: '1990-05-17',
      zoneinfo: 'Europe/Zurich',
      locale: 'en-GB',
      phone_number: '+41446681800',
      phone_number_verified: true,
      address: {
        formatted: '1 Test Street\n8000 Zurich\nSwitzerland',
        street_address: '1 Test Street',
        locality: 'Zurich',
        region: 'ZH',
        postal_code: '8000',
        country: 'Switzerland',
      },
    },
  };
}

/** An API for those of its plans in which nobody is identified, so that userinfo will not do. */
export const suiteService: ServiceSettings & { resource: string } = {
  resource: 'urn:gatehouse:conformance',
  name: 'Conformance suite, API',
  scopes: [{ name: 'conformance:read', description: 'See what is there' }],
  // The suite looks whether a token is refused at once when its code is used twice.
  tokenFormat: 'opaque',
};

/** What the suite wants to be registered beforehand. `jwks` are the public keys of its first and second client. */
export function suiteClients(suite: string, jwks: readonly JsonObject[]): (NewClient & { id: string })[] {
  const callback = (alias: string) => `${suite}/test/a/${alias}/callback`;
  const web = (id: string, settings: Partial<NewClient>) => ({
    id,
    kind: 'web' as const,
    name: `Conformance suite, ${id.replace('conformance-', '')}`,
    ...settings,
  });
  const basic = { redirectUris: [callback('gatehouse')], requirePkce: false };
  const strong = { profile: 'fapi2', authMethod: 'private_key_jwt' } as const;
  const fapi = (id: string, alias: string, metadata: JsonObject, settings: Partial<NewClient> = {}) =>
    web(id, {
      ...strong,
      redirectUris: [callback(alias), `${callback(alias)}?dummy1=lorem&dummy2=ipsum`],
      metadata,
      ...settings,
    });
  const { resource } = suiteService;
  const ofService = { resources: [resource], defaultResource: resource };
  const plain = (id: string, keys: JsonObject) =>
    fapi(
      id,
      'gatehouse-fapi2-plain',
      { jwks: keys },
      { ...ofService, refreshTokenWithoutOfflineAccess: true },
    );
  const program = (id: string, keys: JsonObject) => ({
    ...web(id, { ...strong, ...ofService, metadata: { jwks: keys } }),
    kind: 'service' as const,
  });
  const [first = {}, second = {}] = jwks;
  const signed = (keys: JsonObject) => ({ jwks: keys, require_signed_request_object: true });
  return [
    { id: 'conformance-api', kind: 'api', name: suiteService.name, service: suiteService },
    web('conformance-1', basic),
    web('conformance-2', basic),
    web('conformance-post', { ...basic, authMethod: 'client_secret_post' }),
    fapi('conformance-fapi-1', 'gatehouse-fapi2', { jwks: first }),
    fapi('conformance-fapi-2', 'gatehouse-fapi2', { jwks: second }),
    fapi('conformance-fapi-signing-1', 'gatehouse-fapi2-signing', signed(first)),
    fapi('conformance-fapi-signing-2', 'gatehouse-fapi2-signing', signed(second)),
    plain('conformance-fapi-plain-1', first),
    plain('conformance-fapi-plain-2', second),
    program('conformance-fapi-service-1', first),
    program('conformance-fapi-service-2', second),
  ];
}
