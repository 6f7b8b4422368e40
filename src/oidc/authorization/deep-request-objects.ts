import Provider, { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { isDeeperThan } from './nesting.js';

/** Claims go 16 deep, and are the deepest that a request object holds. */
const DEEPEST = 20;

/**
 * The library walks through a request object before it looks at the signature, and an abyss would end that in a 500. So
 * it is looked at where the library looks for the client, which comes first at every endpoint that takes one.
 */
export function refuseDeepRequestObjects(provider: Provider): void {
  const model = provider.Client as unknown as { find(id: string): Promise<Client | undefined> };
  const find = model.find.bind(model);
  model.find = async (id) => {
    const { body, params } = (Provider.ctx as KoaContextWithOIDC | undefined)?.oidc ?? {};
    const request = body?.['request'] ?? params?.['request'];
    if (typeof request === 'string' && isAbyss(request))
      throw new errors.InvalidRequestObject('the request object is nested too deeply');
    return find(id);
  };
}

function isAbyss(request: string): boolean {
  try {
    const payload = Buffer.from(request.split('.')[1] ?? '', 'base64url').toString();
    return isDeeperThan(DEEPEST, JSON.parse(payload));
  } catch {
    // No JWS, or no JSON: the library says so.
    return false;
  }
}
