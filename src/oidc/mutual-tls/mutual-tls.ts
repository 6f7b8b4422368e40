import { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { dateFault } from '../../domain/certificate-authorities.js';
import { subjectMatches } from '../../domain/certificate-subject.js';
import type { ShownCertificate } from '../../http/client-certificate.js';
import type { ProviderDeps } from '../provider-deps.js';

type MutualTlsFeature = NonNullable<NonNullable<Configuration['features']>['mTLS']>;

/**
 * Mutual TLS (RFC 8705): clients that prove themselves, and what their tokens are bound to, by a certificate.
 *
 * The library knows it also while it is off. Else it would overlook what it does not know, and a client that was added
 * when it was on would get tokens that are bound to nothing; so it is refused for want of a certificate.
 */
export function createMutualTls(deps: ProviderDeps): MutualTlsFeature {
  const { config, certificateOf, authorities, clock } = deps;

  const shownBy = (ctx: KoaContextWithOIDC): ShownCertificate | undefined => {
    if (!config.mutualTls) throw refusal(ctx, 'mutual TLS is off here: see MTLS');
    const shown = certificateOf(ctx.req);
    const fault = shown && dateFault(shown.certificate, clock());
    if (fault !== undefined) throw refusal(ctx, fault);
    return shown;
  };

  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: true,

    getCertificate: (ctx) => shownBy(ctx)?.certificate,

    certificateAuthorized(ctx) {
      const { certificate, verified } = shownBy(ctx)!;
      if (!authorities) throw refusal(ctx, 'tls_client_auth is off here: see MTLS_CA_FILE');
      if (verified === true) return true;
      const fault = verified ?? authorities.fault(certificate, clock());
      if (fault !== undefined) throw refusal(ctx, fault);
      return true;
    },

    certificateSubjectMatches: (ctx, member, expected) =>
      subjectMatches(shownBy(ctx)!.certificate, member, expected),
  };
}

/** What the library would say where it has no certificate, with the reason why. */
function refusal(ctx: KoaContextWithOIDC, reason: string): Error {
  if (ctx.oidc.route === 'userinfo') return new errors.InvalidToken(reason);
  return ctx.oidc.client?.clientAuthMethod?.endsWith('tls_client_auth')
    ? new errors.InvalidClientAuth(reason)
    : new errors.InvalidGrant(reason);
}
