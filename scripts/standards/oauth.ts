import { flows, type Standard } from './standard.js';

/** The specifications of the IETF. */
export const oauth: readonly Standard[] = [
  {
    name: 'OAuth 2.0 (RFC 6749), Security Best Current Practice (RFC 9700), OAuth 2.1',
    parts: [
      { sections: '4.1', about: 'authorization code', support: 'on', tests: flows('authorization-code') },
      {
        sections: '4.2',
        about: 'implicit',
        support: 'switch',
        how: '`RESPONSE_TYPES` and the client’s `response_types`',
        tests: flows('front-channel-tokens', 'off-by-default'),
      },
      {
        sections: '4.3',
        about: 'password grant',
        support: 'no',
        how: 'RFC 9700 2.4 forbids it',
        tests: flows('off-by-default'),
      },
      {
        sections: '4.4',
        about: 'client credentials',
        support: 'client',
        how: 'kind `service`',
        tests: flows('access-tokens-for-services'),
      },
      {
        sections: '6, RFC 9700 4.14',
        about: 'refresh tokens: rotation, end of the family on reuse, grace for parallel requests',
        support: 'on',
        tests: flows('refresh-token-rotation', 'lifetimes'),
      },
      {
        sections: 'RFC 9700 2.1, 4.1',
        about: 'redirect URIs compared letter by letter; PKCE demanded',
        support: 'on',
        how: '`--no-pkce` exempts a client with a secret',
        tests: [...flows('authorization-code'), 'unit/redirect-uris.test.ts'],
      },
    ],
  },
  {
    name: 'Access tokens',
    parts: [
      {
        sections: 'RFC 6750 2.1, 2.2',
        about: 'in the header or the body of a form; never in an address',
        support: 'on',
        tests: flows('off-by-default'),
      },
      {
        sections: 'RFC 9068',
        about: 'JWTs for services',
        support: 'on',
        how: '`--format opaque` for those that must see a revocation at once',
        tests: flows('access-tokens-for-services'),
      },
      {
        sections: 'RFC 7662, RFC 9701',
        about: 'introspection, also signed and encrypted',
        support: 'on',
        tests: flows('access-tokens-for-services', 'algorithms', 'signed-introspection'),
      },
      {
        sections: 'RFC 7009',
        about: 'revocation',
        support: 'on',
        tests: flows('access-tokens-for-services'),
      },
      {
        sections: 'RFC 8707',
        about: 'resource indicators, several in one request; one audience for each token',
        support: 'on',
        tests: flows('access-tokens-for-services', 'several-services'),
      },
      {
        sections: 'RFC 9396',
        about: 'rich authorization requests, with types that services declare',
        support: 'client',
        how: '`--details-type` of the service',
        tests: [...flows('authorization-details'), 'domain/details-types.test.ts'],
      },
      {
        sections: 'RFC 9449',
        about: 'DPoP with server nonces; proofs are remembered by all processes',
        support: 'on',
        how: '`dpop_bound_access_tokens` demands it',
        tests: [...flows('dpop-refusals'), 'interop/openid-client.test.ts'],
      },
      {
        sections: 'RFC 9470',
        about: 'step-up: `acr_values` and `max_age`; `acr` and `auth_time` in access tokens',
        support: 'on',
        tests: [...flows('step-up'), 'demo/step-up.test.ts'],
      },
      {
        sections: 'RFC 9728',
        about: 'protected resource metadata, of the sample APIs',
        support: 'on',
        tests: ['demo/mcp-client.test.ts'],
      },
    ],
  },
  {
    name: 'Grants',
    parts: [
      {
        sections: 'RFC 8628',
        about: 'devices: codes, `slow_down`, limits on guesses',
        support: 'client',
        how: 'kind `device`',
        tests: flows('device-authorization'),
      },
      {
        sections: 'RFC 8693',
        about: 'token exchange: impersonation, delegation, `act`, `may_act`',
        support: 'client',
        how: '`--exchange-…`',
        tests: [...flows('token-exchange', 'token-exchange-refused'), 'domain/token-exchange.test.ts'],
      },
      {
        sections: 'RFC 7523 2.1',
        about: 'JWT bearer assertions as a grant, from issuers that the operator names; each good once',
        support: 'client',
        how: '`--assertion-issuer`',
        tests: [...flows('jwt-bearer'), 'domain/assertion-issuers.test.ts'],
      },
    ],
  },
  {
    name: 'Clients',
    parts: [
      {
        sections: 'RFC 7521, RFC 7523 2.2',
        about: 'client assertions, used once',
        support: 'client',
        how: '`--auth-method private_key_jwt`',
        tests: [...flows('algorithms', 'client-assertion-refusals'), 'interop/openid-client.test.ts'],
      },
      {
        sections: 'RFC 8705',
        about: 'mutual TLS: authentication and bound tokens, by TLS of its own or a trusted proxy’s header',
        support: 'switch',
        how: '`MTLS`',
        tests: flows(
          'mutual-tls',
          'mutual-tls-behind-proxies',
          'mutual-tls-connections',
          'mutual-tls-off',
          'certificate-bound-tokens',
        ),
      },
      {
        sections: 'RFC 7591, RFC 7592',
        about: 'registration and its management, initial access tokens, software statements',
        support: 'switch',
        how: '`REGISTRATION`',
        tests: flows('registration', 'registration-access', 'registration-bad-input'),
      },
      {
        sections: 'Client ID Metadata Document (draft)',
        about: 'clients that are named by an address, for MCP',
        support: 'switch',
        how: '`CLIENT_METADATA_HOSTS`',
        tests: [...flows('client-metadata-documents'), 'demo/mcp-client.test.ts'],
      },
      {
        sections: 'RFC 8252',
        about: 'native apps: loopback redirects on any port, claimed and private schemes',
        support: 'client',
        how: 'kind `native`',
        tests: flows('native-app'),
      },
    ],
  },
  {
    name: 'Requests and metadata',
    parts: [
      {
        sections: 'RFC 7636',
        about: 'PKCE by S256; never plain',
        support: 'on',
        tests: flows('authorization-code'),
      },
      {
        sections: 'RFC 9101',
        about: 'signed and encrypted requests (JAR)',
        support: 'on',
        how: '`require_signed_request_object` demands them',
        tests: [...flows('request-object-refusals', 'request-by-reference'), 'interop/openid-client.test.ts'],
      },
      {
        sections: 'RFC 9126',
        about: 'pushed authorization requests (PAR)',
        support: 'on',
        how: '`REQUIRE_PAR`, or `require_pushed_authorization_requests` of a client, demands them',
        tests: [...flows('protocol-refusals'), 'interop/openid-client.test.ts'],
      },
      {
        sections: 'RFC 8414',
        about: 'metadata at both locations',
        support: 'on',
        tests: flows('discovery'),
      },
      {
        sections: 'RFC 9207',
        about: '`iss` in every answer',
        support: 'on',
        tests: flows('authorization-code'),
      },
      {
        sections: 'RFC 7515–7519, RFC 8725',
        about:
          'RS256, PS256, ES256, ES384, EdDSA; RSA-OAEP-256, ECDH-ES, ECDH-ES+A256KW, dir; A128GCM, A256GCM. Never `none`, never RSA1_5',
        support: 'on',
        how: 'chosen by client and by service; `gatehouse keys rotate`',
        tests: [
          ...flows(
            'algorithms',
            'key-rotation',
            'request-object-refusals',
            'client-assertion-refusals',
            'dpop-refusals',
          ),
          'domain/keys.test.ts',
        ],
      },
    ],
  },
];
