import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { judgeContext } from '../../domain/authentication-contexts.js';

const { Check } = interactionPolicy;

/**
 * Step-up (RFC 9470): a request that names authentication contexts leads to a sign-in that is as good as that. `max_age`,
 * its other half, is the library's. These take the place of the library's `essential_acr` and `essential_acrs`, which
 * would ask a person again and again for what no sign-in here can give.
 */
export function contextChecks(): interactionPolicy.Check[] {
  return [
    new Check('acr_values', 'a stronger sign-in is required', 'login_required', (ctx) =>
      isWorthAnotherSignIn(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
    new Check('essential_acr', 'another sign-in is required', 'login_required', (ctx) =>
      isEssentialMissing(ctx) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  ];
}

/** OpenID Connect Core 3.1.2.1: `acr_values` is a wish. Where it can't be met the answer says what the sign-in was. */
function isWorthAnotherSignIn({ oidc }: KoaContextWithOIDC): boolean {
  const { acr_values: values } = oidc.params ?? {};
  if (typeof values !== 'string' || oidc.result?.login) return false;
  return judgeContext(values.split(' '), oidc.session?.acr) === 'sign-in';
}

/** OpenID Connect Core 5.5.1.1: an essential `acr` has one of the values, or the request has failed. */
function isEssentialMissing({ oidc }: KoaContextWithOIDC): boolean {
  const wanted = essentialContexts(oidc.params?.['claims']);
  if (wanted === undefined) return false;
  const verdict = judgeContext(wanted, oidc.session?.acr, { exactly: true });
  if (verdict === 'satisfied') return false;
  if (verdict === 'sign-in' && !oidc.result?.login) return true;
  throw unmet();
}

/** Where nobody is asked, since they are elsewhere: an essential `acr` that no sign-in here has. */
export function refuseUnreachable({ oidc }: KoaContextWithOIDC): void {
  const wanted = essentialContexts(oidc.params?.['claims']);
  if (wanted !== undefined && judgeContext(wanted, undefined, { exactly: true }) === 'unreachable')
    throw unmet();
}

/** OpenID Connect Core Error Code unmet_authentication_requirements 1.0. */
function unmet(): Error {
  return new errors.UnmetAuthenticationRequirements('no sign-in here has one of the essential acr values');
}

/** Read from the request itself: the library puts `acr_values` in the place of what the claims parameter says. */
function essentialContexts(claims: unknown): string[] | undefined {
  if (typeof claims !== 'string') return undefined;
  const { id_token: idToken } = JSON.parse(claims) as {
    id_token?: { acr?: { essential?: unknown; value?: unknown; values?: unknown } | null };
  };
  const { essential, value, values } = idToken?.acr ?? {};
  if (essential !== true || (value === undefined && values === undefined)) return undefined;
  const wanted = [values ?? [], value ?? []].flat();
  if ((values !== undefined && !Array.isArray(values)) || !wanted.every((each) => typeof each === 'string'))
    throw new errors.InvalidRequest('an acr is a text, and its values a list of texts');
  return wanted;
}
