import type Provider from 'oidc-provider';
import type { errors, KoaContextWithOIDC } from 'oidc-provider';
import { requestScope } from '../http/request-scope.js';

const REFUSALS = [
  'authorization.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'end_session.error',
  'end_session_confirm.error',
  'pushed_authorization_request.error',
  'backchannel_authentication.error',
  'device_authorization.error',
  'code_verification.error',
  'device_resume.error',
  'jwks.error',
  'discovery.error',
] as const;

/**
 * Why a request was refused, for the log: the library tells clients less than it knows. Listeners only log: a throw
 * here would turn an answer into a 500. Payloads of the library's objects hold bearer values and are never logged.
 */
export function logEvents(provider: Provider): void {
  for (const event of REFUSALS) {
    provider.on(event as 'grant.error', (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
      // Answered after all: see introspect-jwt.ts.
      if (event === 'introspection.error' && error.error === 'unsupported_token_type') return;
      const { client_id: clientId } = (ctx.oidc?.params ?? {}) as { client_id?: unknown };
      requestScope()?.log.info(
        {
          event,
          error: error.error,
          description: error.error_description,
          detail: error.error_detail,
          client_id:
            ctx.oidc?.client?.clientId ?? (typeof clientId === 'string' ? clientId.slice(0, 100) : undefined),
        },
        'refused',
      );
    });
  }
  provider.on('server_error', (_ctx, error) => {
    requestScope()?.log.error({ event: 'server_error', err: error }, 'failed');
  });
}
