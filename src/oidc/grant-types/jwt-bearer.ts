import { decodeJwt, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type Provider from 'oidc-provider';
import { errors, type AccessToken, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { clientSigningAlgs } from '../../domain/algorithms.js';
import { isRefusal } from '../../domain/asked-service.js';
import {
  judgeAssertion,
  jwtBearerGrant,
  LONGEST_ASSERTION,
  subjectOf,
  type AssertionIssuer,
} from '../../domain/assertion-issuers.js';
import { requestScope } from '../../http/request-scope.js';
import type { ServiceRecord } from '../../store/services.js';
import { settingsOf } from '../client-metadata.js';
import { createIssuerKeys } from './issuer-keys.js';
import type { ReadDocument } from '../outbound/outbound-document.js';
import { deeperReason } from '../outbound/outbound-failure.js';
import type { ProviderDeps } from '../provider-deps.js';
import { keyOf } from '../storage/record-key.js';
import { resourceServer, tokenDefaults } from '../access-tokens/resources.js';
import { senderConstraint, type SenderConstraint } from './sender-constraint.js';

/** What a JWT that is signed with the same keys for another end says that it is; all but the last are meant for this one. */
const TYPES = [undefined, 'JWT', 'jwt', 'authorization-grant+jwt'];

type Params = { assertion?: string; scope?: string; resource?: string | string[] };
type Asserted = Required<Pick<JWTPayload, 'sub' | 'jti' | 'exp'>>;

/** Whose word was taken, for whom and for what. */
interface Accepted {
  issuer: string;
  accountId: string;
  service: ServiceRecord;
  scope: string;
}

interface Issued {
  token: AccessToken;
  value: string;
}

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
      throw new errors.InvalidGrant(deeperReason(error));
    }
  }

  /** RFC 7523 3: whoever brings it. */
  async function useUp({ issuer }: AssertionIssuer, { jti, exp }: Asserted): Promise<void> {
    const key = keyOf('Assertion', JSON.stringify([issuer, jti]));
    const ends = (exp + config.lifetimes.clockTolerance) * 1000;
    if (!(await store.replays.remember(key, ends)))
      throw new errors.InvalidGrant('the assertion was used already');
  }

  async function accept(client: Client, params: Params): Promise<Accepted> {
    if (params.assertion === undefined) throw new errors.InvalidRequest('assertion is missing');
    const issuer = issuerOf(client, params.assertion, config.issuer);
    const asserted = await verify(params.assertion, issuer);
    const user = await subjectOf(issuer, asserted.sub, users);
    if (!user) throw new errors.InvalidGrant('the assertion speaks of no user');
    const asked = {
      targets: [params.resource ?? []].flat(),
      scopes: (params.scope ?? '').split(' ').filter(Boolean),
    };
    const outcome = await judgeAssertion(issuer, asked, (resource) => store.services.find(resource));
    if (isRefusal(outcome)) throw new errors.CustomOIDCProviderError(outcome.error, outcome.because);
    await useUp(issuer, asserted);
    const { service, scopes } = outcome;
    return { issuer: issuer.issuer, accountId: user.id, service, scope: scopes.join(' ') };
  }

  /** A grant and a token that hangs on it. */
  async function issue(client: Client, accepted: Accepted, sender: SenderConstraint): Promise<Issued> {
    const { accountId, service, scope } = accepted;
    const server = resourceServer(service, defaults);
    // RFC 7521 4.1: not much longer than the assertion, which nobody can call back.
    const expiresIn = Math.min(server.accessTokenTTL, defaults.tokenTtl);
    const grant = new provider.Grant({ accountId, clientId: client.clientId });
    Object.assign(grant, { expiresIn });
    if (scope !== '') grant.addResourceScope(service.resource, scope);
    const token = new provider.AccessToken({
      client,
      accountId,
      grantId: await grant.save(),
      gty: 'jwt_bearer',
      expiresIn,
      ...(scope === '' ? {} : { scope }),
    });
    token.resourceServer = new provider.ResourceServer(service.resource, server);
    await sender.bind(token);
    const value = await token.save();
    // Who is disabled in the meantime has no tokens any more; this one may have come after those were revoked.
    const user = await users.find(accountId);
    if (!user || user.disabledAt !== undefined) {
      await grant.destroy();
      throw new errors.InvalidGrant('the user was disabled in the meantime');
    }
    return { token, value };
  }

  provider.registerGrantType<Params>(
    jwtBearerGrant,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      const sender = await senderConstraint(provider, ctx as KoaContextWithOIDC);
      const accepted = await accept(client, params);
      const { token, value } = await issue(client, accepted, sender);
      ctx.oidc.entity('AccessToken', token);
      const { issuer, accountId, service, scope } = accepted;
      ctx.body = {
        access_token: value,
        token_type: token.tokenType,
        expires_in: token.expiration,
        ...(scope === '' ? {} : { scope }),
      };
      requestScope()?.log.info(
        {
          event: 'jwt_bearer',
          client_id: client.clientId,
          issuer,
          sub: accountId,
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
