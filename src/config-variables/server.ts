import * as is from '../config-kinds.js';
import type { Table } from './variable.js';

export const server = {
  NODE_ENV: {
    about: 'In `production`, unsafe settings are refused.',
    kind: is.choice('development', 'production', 'test'),
    default: 'development',
    example: 'production',
  },
  ISSUER: {
    about:
      'The address at which people and apps reach Gatehouse. Tokens carry it and apps compare it letter by letter: change it and every app must be set up anew. Every URL that Gatehouse hands out starts with it. In production it must be https, except on loopback.',
    kind: is.issuer,
    otherwise: '`http://localhost:PORT/oidc`, with a certificate https',
    example: 'https://id.example.com/oidc',
  },
  HOST: {
    about: 'The address to listen on.',
    kind: is.listenHost,
    otherwise: '`127.0.0.1`; in production `0.0.0.0`, which is every interface',
    example: '127.0.0.1',
  },
  PORT: {
    about: 'The port to listen on.',
    kind: is.integer(1, 65_535),
    default: '3000',
    example: '8080',
  },
  TLS_CERT_FILE: {
    about:
      'The certificate and its chain, in PEM: Gatehouse then speaks https itself, with no reverse proxy in front. A file that is renewed is taken up within a minute.',
    kind: is.path,
    otherwise: 'plain http, for a reverse proxy',
    example: '/etc/gatehouse/tls/cert.pem',
  },
  TLS_KEY_FILE: {
    about: 'The private key of the certificate, in PEM without a password.',
    kind: is.path,
    otherwise: 'plain http, for a reverse proxy',
    example: '/etc/gatehouse/tls/key.pem',
  },
  TRUSTED_PROXIES: {
    about:
      'The reverse proxies whose `X-Forwarded-*` headers count. `loopback` and `private` stand for the networks of those names.',
    kind: is.addresses,
    otherwise: 'nobody',
    example: 'loopback, 10.1.2.0/24',
  },
  MTLS: {
    about:
      'Mutual TLS (RFC 8705): clients prove themselves, and their tokens, by a certificate. `direct`: Gatehouse asks for it in its own TLS connections. `proxy`: a reverse proxy does, and passes it on in MTLS_HEADER.',
    kind: is.choice('off', 'direct', 'proxy'),
    default: 'off',
    example: 'proxy',
  },
  MTLS_PORT: {
    about:
      'With MTLS `direct`, a second port for clients with certificates, so that browsers are not asked for one.',
    kind: is.integer(1, 65_535),
    otherwise: 'none: PORT asks for certificates',
    example: '8443',
  },
  MTLS_ORIGIN: {
    about:
      'Where clients with certificates come, when that is not where everybody comes: discovery names it in `mtls_endpoint_aliases`, and certificates count there alone.',
    kind: is.origin,
    otherwise: 'with MTLS_PORT the host of ISSUER at that port, else the addresses of ISSUER',
    example: 'https://mtls.id.example.com',
  },
  MTLS_CA_FILE: {
    about:
      'The authorities that issue certificates for `tls_client_auth`, in PEM: each with those above it, up to the root.',
    kind: is.path,
    otherwise: 'nobody: clients have `self_signed_tls_client_auth`',
    example: '/etc/gatehouse/tls/client-ca.pem',
  },
  MTLS_HEADER: {
    about:
      'With MTLS `proxy`, the header that a proxy of TRUSTED_PROXIES sets to the certificate, and removes when there is none. From anybody else it is refused.',
    kind: is.headerName,
    default: 'X-SSL-Client-Cert',
    example: 'Client-Cert',
  },
  MTLS_HEADER_FORMAT: {
    about:
      'How it is written there: `pem`, URL-encoded (nginx `$ssl_client_escaped_cert`), `rfc9440` (Client-Cert), `xfcc` (Envoy, with its `Cert`).',
    kind: is.choice('pem', 'rfc9440', 'xfcc'),
    default: 'pem',
    example: 'rfc9440',
  },
  OUTBOUND_ALLOWED_HOSTS: {
    about:
      'Hosts that Gatehouse may call although their address is private: back-channel logout, client keys, request objects.',
    kind: is.hosts,
    otherwise: 'none',
    example: 'app.internal.example, localhost:4000',
  },
  SHUTDOWN_SECONDS: {
    about: 'How long a stopping server waits for requests in flight.',
    kind: is.duration('0s', '10m'),
    default: '10',
    example: '30',
  },
} satisfies Table;

export const data = {
  STORE_URL: {
    about: 'Where all state lives: an embedded SQLite file, or a MongoDB server.',
    kind: is.storeUrl,
    default: 'sqlite:.data/gatehouse.db',
    example: 'mongodb://db1.example.com,db2.example.com/gatehouse?replicaSet=rs0',
    secret: true,
  },
  KEYS_DIR: {
    about: 'The folder of `master.key`, which is made at the first start unless MASTER_KEY is set.',
    kind: is.path,
    default: 'keys',
    example: '/var/lib/gatehouse/keys',
  },
  MASTER_KEY: {
    about:
      'The key that encrypts the signing keys in the store; every process of one installation needs the same. Best given as MASTER_KEY_FILE.',
    kind: is.key,
    otherwise: 'the file `master.key` in KEYS_DIR',
    example: 'what `openssl rand -base64 32` prints',
    secret: true,
  },
} satisfies Table;

export const log = {
  LOG_LEVEL: {
    about: 'The least severe messages that are written.',
    kind: is.choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    example: 'debug',
  },
  LOG_FORMAT: {
    about: 'One JSON object a line for machines, or lines for people.',
    kind: is.choice('json', 'pretty'),
    otherwise: '`pretty` on a terminal outside production, else `json`',
    example: 'json',
  },
} satisfies Table;
