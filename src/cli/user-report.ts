import type { UserRecord } from '../store/users.js';
import { labelled, moment, table } from './layout.js';

/** A user as `--json` shows it: claims by the names of OpenID Connect Core 5.1; of the password, that there is one. */
export function userView(user: UserRecord): Record<string, unknown> {
  const instant = (time: number | undefined) =>
    time === undefined ? undefined : new Date(time).toISOString();
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    email_verified: user.emailVerified,
    ...user.profile,
    roles: user.roles,
    disabled: user.disabledAt !== undefined,
    disabled_at: instant(user.disabledAt),
    has_password: user.passwordHash !== undefined,
    password_changed_at: instant(user.passwordChangedAt),
    created_at: instant(user.createdAt),
    updated_at: instant(user.updatedAt),
  };
}

export function describeUser(user: UserRecord): string {
  const { address, ...profile } = user.profile;
  const claims = Object.entries({ ...profile, ...(address as Record<string, string> | undefined) });
  return labelled([
    ['ID', user.id],
    ['Username', user.username],
    ['Email', user.email && `${user.email}${user.emailVerified ? '' : ' (not verified)'}`],
    ...claims.map(([claim, value]) => [labelOf(claim), String(value)] as const),
    ['Roles', user.roles.join(', ')],
    ['State', user.disabledAt === undefined ? 'enabled' : `disabled since ${moment(user.disabledAt)}`],
    [
      'Password',
      user.passwordHash === undefined ? 'none' : `set ${moment(user.passwordChangedAt) ?? ''}`.trim(),
    ],
    ['Added', moment(user.createdAt)],
    ['Changed', moment(user.updatedAt)],
  ]);
}

export function userTable(users: readonly UserRecord[], width: number): string {
  return table(
    users,
    [
      { title: 'ID', value: (user) => user.id, whole: true },
      { title: 'USERNAME', value: (user) => user.username ?? '' },
      { title: 'EMAIL', value: (user) => user.email ?? '' },
      { title: 'NAME', value: (user) => user.profile.name ?? '' },
      { title: 'ROLES', value: (user) => user.roles.join(', ') },
      {
        title: 'STATE',
        value: (user) => (user.disabledAt === undefined ? 'enabled' : 'disabled'),
        whole: true,
      },
    ],
    width,
  );
}

/** How people call a user: for messages. */
export function loginOf(user: UserRecord): string {
  return user.email ?? user.username ?? user.id;
}

/** `given_name` becomes `Given name`. */
function labelOf(claim: string): string {
  const words = claim.replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
