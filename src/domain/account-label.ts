import type { UserRecord } from '../store/users.js';

/** How a page names the person: by name where there is one, and by what they sign in with. */
export function accountLabel(user: UserRecord): { name: string; login: string } {
  const login = user.email ?? user.username ?? user.id;
  const { name, given_name: given, family_name: family } = user.profile;
  return { name: name ?? ([given, family].filter(Boolean).join(' ') || login), login };
}
