// The one file that reaches into the library: it keeps the checks of its own grants from those that are registered, and a
// second implementation of DPoP would be one too many. They moved in minor releases before; a move fails at start.
import {
  checkDpopReplay,
  checkDpopRequired,
  checkMtlsCert,
  validateDpop,
} from 'oidc-provider/lib/helpers/grants.js';
import type Provider from 'oidc-provider';
import type { AccessToken, KoaContextWithOIDC } from 'oidc-provider';

/** What the caller has shown to hold: a key by DPoP (RFC 9449), a certificate by mutual TLS (RFC 8705). */
export interface SenderConstraint {
  /** Binds a token to it, and uses the proof up. */
  bind(token: AccessToken): Promise<void>;
}

/** Checks the proof that came with a token request, and that there is one where the client must give one. */
export async function senderConstraint(
  provider: Provider,
  ctx: KoaContextWithOIDC,
): Promise<SenderConstraint> {
  const proof = await validateDpop(provider, ctx);
  const certificate = checkMtlsCert(provider, ctx);
  checkDpopRequired(provider, ctx, proof);
  return {
    async bind(token) {
      if (certificate !== undefined) token.setThumbprint('x5t', certificate);
      if (proof === undefined) return;
      await checkDpopReplay(provider, ctx, proof, ctx.oidc.client!.clientId);
      token.setThumbprint('jkt', proof.thumbprint);
    },
  };
}
