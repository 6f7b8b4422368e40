import * as is from '../config-kinds.js';
import type { Table } from './variable.js';

export const protocol = {
  PROFILE: {
    about:
      '`conformance` sets everything that the OpenID Foundation’s conformance suite wants, and adds its user and clients; their secrets are in `conformance.json` in KEYS_DIR. Never for real people.',
    kind: is.choice('default', 'conformance'),
    default: 'default',
    example: 'conformance',
  },
  CONFORMANCE_ON_PUBLIC_ISSUER: {
    about:
      'The profile `conformance` starts for an issuer on loopback alone, unless this holds the host of ISSUER: then everybody who reaches it can sign in.',
    kind: is.text(255),
    otherwise: 'loopback only',
    example: 'op.test.example',
  },
  CONFORMANCE_SUITE_URL: {
    about: 'Where the conformance suite is, for the redirect URIs of its clients and for calls to it.',
    kind: is.origin,
    default: 'https://localhost.emobix.co.uk:8443',
    example: 'https://suite.test.example:8443',
  },
  RESPONSE_TYPES: {
    about:
      'The `response_type` values that clients can be given. OAuth 2.1 knows `code` alone; the others send tokens through the address bar.',
    kind: is.responseTypes,
    otherwise: '`code`; in the profile `conformance` all of them',
    example: 'code, code id_token, id_token',
  },
  REQUIRE_PAR: {
    about:
      'Whether every client must push its authorization requests (RFC 9126); each client can be held to it alone.',
    kind: is.choice('yes', 'no'),
    default: 'no',
    example: 'yes',
  },
  CLIENT_METADATA_HOSTS: {
    about:
      'Hosts whose apps need not be added: their client id is the https address of a document there that describes them (OAuth Client ID Metadata Document, which MCP clients use). Whoever can publish on such a host can ask your people for access. A port counts when it is named; `localhost` stands for all of its ports.',
    kind: is.hosts,
    otherwise: 'none: every app is added',
    example: 'apps.example.com, mcp.example.org',
  },
  CLIENT_METADATA_RESOURCES: {
    about: 'The services, by resource indicator, that those apps may ask people for access to.',
    kind: is.resources,
    otherwise: 'none: they learn who signs in, and no more',
    example: 'https://mcp.example.com/',
  },
  CIBA: {
    about:
      'Whether clients can start a sign-in that the person answers on their own device (OpenID Connect CIBA): those that have the grant, and nobody else.',
    kind: is.choice('on', 'off'),
    otherwise: '`off`; in the profile `conformance` `on`',
    example: 'on',
  },
} satisfies Table;

export const notices = {
  NOTICE_WEBHOOK_URL: {
    about:
      'Where Gatehouse posts what a person is to be told, such as that an app waits for their answer. https, or http to a host in OUTBOUND_ALLOWED_HOSTS.',
    kind: is.webhook,
    otherwise: 'nowhere: people find it on their page',
    example: 'https://notify.example.com/gatehouse',
    secret: true,
  },
  NOTICE_WEBHOOK_SECRET: {
    about:
      'Signs those posts, in the way of Standard Webhooks. Wanted together with NOTICE_WEBHOOK_URL; best given as NOTICE_WEBHOOK_SECRET_FILE.',
    kind: is.key,
    otherwise: 'none',
    example: 'what `openssl rand -base64 32` prints',
    secret: true,
  },
} satisfies Table;

export const registration = {
  REGISTRATION: {
    about:
      'Whether apps may register themselves as clients (RFC 7591): nobody, everybody who reaches Gatehouse (`open`), or who holds an initial access token (`token`; `gatehouse registration --help`).',
    kind: is.choice('off', 'open', 'token'),
    otherwise: '`off`; in the profile `conformance` `open`',
    example: 'token',
  },
  REGISTRATION_RESOURCES: {
    about: 'The APIs that every client which registered itself may ask tokens for, by their resource.',
    kind: is.resources,
    otherwise: 'none',
    example: 'https://api.example.com/orders',
  },
  SOFTWARE_STATEMENT_ISSUERS: {
    about:
      'Whose software statements count (RFC 7591): what they say of an app, the app cannot say otherwise. Each with where its public keys are.',
    kind: is.statementIssuers,
    otherwise: 'nobody’s: a registration with one is refused',
    example: 'https://directory.example.com https://directory.example.com/jwks',
  },
  REGISTRATION_PER_ADDRESS: {
    about:
      'How many registrations one network address may try within THROTTLE_WINDOW, where REGISTRATION is `open`.',
    kind: is.integer(1, 1_000_000),
    default: '20',
    example: '5',
  },
  REGISTRATION_UNUSED_LIFETIME: {
    about:
      'A client that registered itself is removed when it got no token for this long. One that got some is kept until its refresh tokens are over, too.',
    kind: is.duration('1h', '3650d'),
    default: '30d',
    example: '7d',
  },
} satisfies Table;
