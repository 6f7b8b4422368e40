/** An endpoint of the provider: how it may be called, and whether programs or people read its answers. */
interface Endpoint {
  methods: readonly string[];
  answers: 'programs' | 'people';
}

const CORS = 'OPTIONS';
const READ = ['GET', 'HEAD', CORS];

/** The provider's endpoints by path, below the issuer's. */
const ENDPOINTS: Record<string, Endpoint> = {
  '/.well-known/openid-configuration': { methods: READ, answers: 'programs' },
  '/.well-known/oauth-authorization-server': { methods: READ, answers: 'programs' },
  '/jwks': { methods: READ, answers: 'programs' },
  '/token': { methods: ['POST', CORS], answers: 'programs' },
  '/token/introspection': { methods: ['POST', CORS], answers: 'programs' },
  '/token/revocation': { methods: ['POST', CORS], answers: 'programs' },
  '/request': { methods: ['POST', CORS], answers: 'programs' },
  '/device/auth': { methods: ['POST', CORS], answers: 'programs' },
  '/me': { methods: ['GET', 'HEAD', 'POST', CORS], answers: 'programs' },
  '/auth': { methods: ['GET', 'HEAD', 'POST'], answers: 'people' },
  '/device': { methods: ['GET', 'HEAD', 'POST'], answers: 'people' },
  '/session/end': { methods: ['GET', 'HEAD', 'POST'], answers: 'people' },
  '/session/end/confirm': { methods: ['POST'], answers: 'people' },
  '/session/end/success': { methods: ['GET', 'HEAD'], answers: 'people' },
};

/** OpenID Connect CIBA, where it is on. */
const BACKCHANNEL: Endpoint = { methods: ['POST'], answers: 'programs' };

/** RFC 7591 and RFC 7592, where registration is on. */
const REGISTRATION: Endpoint = { methods: ['POST'], answers: 'programs' };
const REGISTERED_CLIENT: Endpoint = { methods: ['GET', 'PUT', 'DELETE'], answers: 'programs' };

export function endpointAt(
  mountPath: string,
  path: string,
  { registration = false, ciba = false }: { registration?: boolean; ciba?: boolean } = {},
): Endpoint | undefined {
  if (!path.startsWith(`${mountPath}/`)) return undefined;
  const below = path.slice(mountPath.length);
  if (ciba && below === '/backchannel') return BACKCHANNEL;
  if (registration && below === '/reg') return REGISTRATION;
  if (registration && below.startsWith('/reg/')) return REGISTERED_CLIENT;
  return Object.hasOwn(ENDPOINTS, below) ? ENDPOINTS[below] : undefined;
}
