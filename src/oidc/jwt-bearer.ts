import { decodeJwt, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type Provider from 'oidc-provider';
import { errors, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { clientSigningAlgs } from '../domain/algorithms.js';
import {
  judgeAssertion,
  jwtBearerGrant,
  LONGEST_ASSERTION,
  subjectOf,
  type AssertionIssuer,
} from '../domain/assertion-issuers.js';
import { requestScope } from '../http/request-scope.js';
import { settingsOf } from './client-metadata.js';
import { createIssuerKeys } from './issuer-keys.js';
import type { ReadDocument } from './outbound-document.js';
import type { ProviderDeps } from './provider-deps.js';
import { keyOf } from './record-key.js';
import { resourceServer, tokenDefaults } from './resources.js';
import { senderConstraint } from './sender-constraint.js';

/** What a JWT that is signed with the same keys for another end says that it is; all but the last are meant for this one. */
const TYPES = [undefined, 'JWT', 'jwt', 'authorization-grant+jwt'];

type Params = { assertion?: string; scope?: string; resource?: string | string[] };
type Asserted = Required<Pick<JWTPayload, 'sub' | 'jti' | 'exp'>>;

/**
 * The JWT bearer grant (RFC 7523 2.1): a client brings the signed word of somebody it may bring it of, and gets a token for
 * the person that this speaks of. Whose word, and how far it reaches, is decided in `src/domain/assertion-issuers.ts`.
 */
export function registerJwtBearer(provider: Provider, deps: ProviderDeps, read: ReadDocument): void {
  const { config, store, users, clock } = deps;
  const keysOf = createIssuerKeys(read);
  const defaults = tokenDefaults(config.lifetimes);
  const now = () => Math.floor(clock() / 1000);

  async function verify(assertion: string, issuer: AssertionIssuer): Promise<Asserted> {
    const payload = await verified(assertion, issuer, keysOf(issuer));
    const { aud, sub, jti, exp } = payload;
    // RFC 7523 3: it is for this server, and for nobody else who could bring it here.
    const [audience, ...others] = [aud].flat();
    if (![config.issuer, provider.urlFor('token')].includes(audience!) || others.length > 0)
      throw new errors.InvalidGrant('the assertion is not for this server alone');
    if (typeof sub !== 'string' || typeof jti !== 'string' || jti === '' || exp === undefined)
      throw new errors.InvalidGrant('the assertion lacks a claim');
    if (exp <= now() || exp > now() + LONGEST_ASSERTION)
      throw new errors.InvalidGrant('the assertion is over, or lives too long');
    return { sub, jti, exp };
  }

  async function verified(assertion: string, { issuer }: AssertionIssuer, keys: JWTVerifyGetKey) {
    try {
      const { payload, protectedHeader } = await jwtVerify(assertion, keys, {
        issuer,
        algorithms: [...clientSigningAlgs],
        clockTolerance: config.lifetimes.clockTolerance,
        requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti'],
        currentDate: new Date(clock()),
      });
      if (!TYPES.includes(protectedHeader.typ)) throw new Error(`it is of the type ${protectedHeader.typ}`);
      return payload;
    } catch (error) {
      // For the log alone: what exactly went wrong would tell outsiders about the network that we are in.
      const { message, cause } = error as Error;
      throw new errors.InvalidGrant(cause instanceof Error ? cause.message : message);
    }
  }

  async function useUp(client: Client, { issuer }: AssertionIssuer, { jti, exp }: Asserted): Promise<void> {
    const key = keyOf('Assertion', JSON.stringify([client.clientId, issuer, jti]));
    const ends = (exp + config.lifetimes.clockTolerance) * 1000;
    if (!(await store.replays.remember(key, ends)))
      throw new errors.InvalidGrant('the assertion was used already');
  }

  provider.registerGrantType<Params>(
    jwtBearerGrant,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      const sender = await senderConstraint(provider, ctx as KoaContextWithOIDC);
      if (params.assertion === undefined) throw new errors.InvalidRequest('assertion is missing');
      const issuer = issuerOf(client, params.assertion, config.issuer);
      const asserted = await verify(params.assertion, issuer);
      const user = await subjectOf(issuer, asserted.sub, users);
      if (!user) throw new errors.InvalidGrant('the assertion speaks of no user');
      const outcome = await judgeAssertion(
        issuer,
        {
          targets: [params.resource ?? []].flat(),
          scopes: (params.scope ?? '').split(' ').filter(Boolean),
        },
        (resource) => store.services.find(resource),
      );
      if ('error' in outcome) throw new errors.CustomOIDCProviderError(outcome.error, outcome.because);
      await useUp(client, issuer, asserted);

      const { service } = outcome;
      const scope = outcome.scopes.join(' ');
      const server = resourceServer(service, defaults);
      // RFC 7521 4.1: not much longer than the assertion, which nobody can call back.
      const expiresIn = Math.min(server.accessTokenTTL, defaults.tokenTtl);
      const grant = new provider.Grant({ accountId: user.id, clientId: client.clientId });
      Object.assign(grant, { expiresIn });
      if (scope !== '') grant.addResourceScope(service.resource, scope);
      const token = new provider.AccessToken({
        client,
        accountId: user.id,
        grantId: await grant.save(),
        gty: 'jwt_bearer',
        expiresIn,
        ...(scope === '' ? {} : { scope }),
      });
      token.resourceServer = new provider.ResourceServer(service.resource, server);
      await sender.bind(token);
      ctx.oidc.entity('AccessToken', token);
      ctx.body = {
        access_token: await token.save(),
        token_type: token.tokenType,
        expires_in: token.expiration,
        ...(scope === '' ? {} : { scope }),
      };
      requestScope()?.log.info(
        {
          event: 'jwt_bearer',
          client_id: client.clientId,
          issuer: issuer.issuer,
          sub: user.id,
          resource: service.resource,
          scope,
        },
        'assertion accepted',
      );
    },
    ['assertion', 'scope', 'resource'],
    ['resource'],
  );
}

/** The one that the assertion names, as far as the client may bring its word. Ours is not among them: it is no other's. */
function issuerOf(client: Client, assertion: string, own: string): AssertionIssuer {
  const issuers = settingsOf(client).assertion_issuers ?? [];
  const found = issuers.find(({ issuer }) => issuer === claimedIssuer(assertion) && issuer !== own);
  if (!found) throw new errors.InvalidGrant('the client may not bring an assertion of this issuer');
  return found;
}

function claimedIssuer(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    return undefined;
  }
}
