/** What a lock file must be so that `npm ci` works on every platform and from every registry. */

interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly resolved?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }
    >
  >;
}

/** A sentence for every entry that breaks a rule. */
export function brokenLockfileRules({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {} }]) => {
    const name = path || 'the project';
    const missing = Object.keys(optionalDependencies)
      .filter((dependency) => !isLocked(packages, path, dependency))
      .map((dependency) => `${name} wants ${dependency} on some platform, and the lock file lacks it`);
    const bound = /^(?:https?|git)/.test(resolved ?? '')
      ? [`${name} is bound to an address: ${resolved}`]
      : [];
    return [...missing, ...bound];
  });
}

/** Node looks for a package in the folder of the package that wants it, then in each one above. */
function isLocked(packages: Lockfile['packages'], from: string, dependency: string): boolean {
  const folders = from.split('/');
  const above = folders.map((_, depth) => `${folders.slice(0, folders.length - depth).join('/')}/`);
  return [...above, ''].some((folder) => `${folder}node_modules/${dependency}` in packages);
}
