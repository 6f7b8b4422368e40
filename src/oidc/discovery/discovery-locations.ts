import type { Middleware } from 'koa';

const DOCUMENTS = ['openid-configuration', 'oauth-authorization-server'];

/**
 * An issuer with a path has its metadata at more than one address: OpenID Connect Discovery 4 puts the well-known part
 * behind the path, RFC 8414 3.1 before it (and 5 does so for OpenID Connect, too). All lead to one document.
 */
export function discoveryLocations(mountPath: string): Middleware {
  const locations = new Map(
    DOCUMENTS.map((document) => [
      `/.well-known/${document}${mountPath}`,
      `${mountPath}/.well-known/${document}`,
    ]),
  );
  return (ctx, next) => {
    const location = locations.get(ctx.path);
    if (location !== undefined) ctx.path = location;
    return next();
  };
}
