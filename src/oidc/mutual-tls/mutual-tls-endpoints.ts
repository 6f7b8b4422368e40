import type Koa from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../../config.js';
import type { OtherHost } from '../../http/pin-host.js';
import { amendMetadata } from '../discovery/amend-metadata.js';

/** RFC 8705 5: what a client with a certificate may have to ask elsewhere. By name of its metadata; below the issuer. */
const ALIASED = {
  token_endpoint: '/token',
  introspection_endpoint: '/token/introspection',
  revocation_endpoint: '/token/revocation',
  pushed_authorization_request_endpoint: '/request',
  device_authorization_endpoint: '/device/auth',
  backchannel_authentication_endpoint: '/backchannel',
  userinfo_endpoint: '/me',
} as const;

type Where = Pick<Config, 'issuer' | 'mutualTls'>;

function pathOf({ issuer }: Where): string {
  return new URL(issuer).pathname.replace(/\/$/u, '');
}

/** The host of those endpoints, where it is another than the issuer's. Nothing else is served there. */
export function mutualTlsHost(config: Where): OtherHost | undefined {
  const { origin } = config.mutualTls ?? {};
  if (origin === undefined) return undefined;
  const paths = new Set(Object.values(ALIASED).map((path) => `${pathOf(config)}${path}`));
  return { host: new URL(origin).host, serves: (path) => paths.has(path) };
}

/** The address of an endpoint, by the host that it was called at: proofs and assertions name what their maker called. */
export function asCalled(config: Where, { req }: Pick<KoaContextWithOIDC, 'req'>, url: string): string {
  const { origin } = config.mutualTls ?? {};
  if (origin === undefined || req.headers.host?.toLowerCase() !== new URL(origin).host) return url;
  return `${origin}${new URL(url).pathname}`;
}

/**
 * What discovery says about certificates. The library knows them all, on or off (`mutual-tls.ts` has the reason); here
 * stands what is offered.
 */
export function describeMutualTls(config: Config): Koa.Middleware {
  const { mutualTls } = config;
  const { clientCertificates } = config.protocol;
  const off = [
    ...(clientCertificates === 'all' ? [] : ['tls_client_auth']),
    ...(clientCertificates === 'none' ? ['self_signed_tls_client_auth'] : []),
  ];
  const aliases = Object.entries(ALIASED).map(
    ([name, path]) => [name, `${mutualTls?.origin}${pathOf(config)}${path}`] as const,
  );
  return amendMetadata((metadata) => {
    const methods = metadata['token_endpoint_auth_methods_supported'] as string[];
    metadata['token_endpoint_auth_methods_supported'] = methods.filter((method) => !off.includes(method));
    if (!mutualTls) delete metadata['tls_client_certificate_bound_access_tokens'];
    if (mutualTls?.origin !== undefined)
      metadata['mtls_endpoint_aliases'] = Object.fromEntries(
        aliases.filter(([name]) => Object.hasOwn(metadata, name)),
      );
  });
}
