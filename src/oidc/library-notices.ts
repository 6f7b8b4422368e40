import type { Logger } from 'pino';

/**
 * The library speaks to the console, from the moment it is loaded: about the Node.js it would rather run on, and about
 * settings left at their defaults. What it says goes to the log, where an operator expects it. Call it before the first
 * import of anything that imports oidc-provider.
 */
export function routeLibraryNotices(log: Logger): void {
  for (const method of ['info', 'warn'] as const) {
    const original = console[method].bind(console);
    console[method] = (...args: unknown[]) => {
      const [text] = args;
      const notice =
        typeof text === 'string' ? /oidc-provider (?:NOTICE|WARNING): (.*)/u.exec(text)?.[1] : undefined;
      if (notice === undefined) original(...args);
      else
        log[notice.startsWith('Unsupported runtime') ? 'debug' : 'warn']({ from: 'oidc-provider' }, notice);
    };
  }
}
