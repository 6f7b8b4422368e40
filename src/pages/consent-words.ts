/** Scopes of OpenID Connect Core 5.4 that the consent page has words and a picture for; `openid` is the sign-in itself. */
export const KNOWN_SCOPES = ['openid', 'profile', 'email', 'phone', 'address'] as const;

/** Claims of OpenID Connect Core 5.1 with words in the catalogue (`claim.<name>`). */
export const KNOWN_CLAIMS = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'email',
  'email_verified',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
  'phone_number_verified',
  'address',
  'updated_at',
] as const;

/** What is told by the sign-in itself, or by the account's presence: nothing to ask about. */
const UNREMARKABLE = new Set(['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss']);

export type Wording = { known: string } | { text: string; name: string };

export function scopeWording(scope: { name: string; description?: string }): Wording {
  const known = KNOWN_SCOPES.find((name) => name === scope.name);
  return known ? { known } : { text: scope.description || scope.name, name: scope.name };
}

export function claimWordings(claims: readonly string[]): Wording[] {
  return [...new Set(claims)]
    .filter((claim) => !UNREMARKABLE.has(claim))
    .map((claim) => {
      const known = KNOWN_CLAIMS.find((name) => name === claim);
      return known ? { known } : { text: claim, name: claim };
    });
}
