import type Koa from 'koa';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

export interface ProtectedResource {
  name: string;
  /** Its address, which is also what its tokens are asked for by (RFC 8707). */
  address: string;
  issuer: string;
  scopes: string[];
}

/** Where the metadata of a resource stand: before its path (RFC 9728 3.1). */
export function metadataAddress(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${WELL_KNOWN}${pathname}`;
}

/**
 * Tells programs that were never told anything where tokens for an API come from (RFC 9728), as MCP clients expect it.
 * The specification wants https; this demo speaks http, on the loopback interface.
 */
export function publishResourceMetadata({
  name,
  address,
  issuer,
  scopes,
}: ProtectedResource): Koa.Middleware {
  // Clients that were sent away without a challenge look at the root of the server, too.
  const paths = [WELL_KNOWN, new URL(metadataAddress(address)).pathname];
  return async (ctx, next) => {
    if (ctx.method !== 'GET' || !paths.includes(ctx.path)) return next();
    ctx.set('access-control-allow-origin', '*');
    ctx.body = {
      resource: address,
      resource_name: name,
      authorization_servers: [issuer],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
    };
  };
}
