import type Provider from 'oidc-provider';
import { errors, type AccessToken, type Client, type KoaContextWithOIDC } from 'oidc-provider';
import { isRefusal } from '../../domain/asked-service.js';
import { exchangeGrant, judgeExchange, type Exchanged } from '../../domain/token-exchange.js';
import { requestScope } from '../../http/request-scope.js';
import { createJwtReader } from '../access-tokens/access-jwts.js';
import { settingsOf } from '../client-metadata.js';
import { EXCHANGED, followSubjects } from './exchanged-tokens.js';
import { subjectFor } from '../pairwise.js';
import { createTokenReader, type PresentedToken } from './presented-token.js';
import type { ProviderDeps } from '../provider-deps.js';
import { resourceServer, tokenDefaults } from '../access-tokens/resources.js';
import { senderConstraint, type SenderConstraint } from './sender-constraint.js';

/** RFC 8693 3: what is taken, and what is given. */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

const SINGLE = [
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
] as const;
const REPEATABLE = ['resource', 'audience'] as const;

type Params = Partial<Record<(typeof SINGLE)[number], string>> &
  Partial<Record<(typeof REPEATABLE)[number], string | string[]>>;

/** What was asked, and what came of it. */
interface Granted extends Exchanged {
  subject: PresentedToken;
  actor: PresentedToken | undefined;
}

/**
 * Token exchange (RFC 8693): a service that was called for a person gets a token to call another one for them. Which
 * client may do so, and how far, is decided in `src/domain/token-exchange.ts`.
 */
export function registerTokenExchange(provider: Provider, deps: ProviderDeps): void {
  const { config, store, users, keys, vault, clock } = deps;
  const { clockTolerance } = config.lifetimes;
  const defaults = tokenDefaults(config.lifetimes);
  const readToken = createTokenReader({
    provider,
    readJwt: createJwtReader({ issuer: config.issuer, keys, clockTolerance }),
    users,
    clients: store.clients,
    clock,
  });
  followSubjects(provider);

  async function judge(client: Client, params: Params): Promise<Granted> {
    refuseMalformed(params);
    const subject = await readToken(params.subject_token!);
    // RFC 8693 2.2.2: invalid_request for a token that is not good, whyever.
    if (!subject) throw new errors.InvalidRequest('the subject token is invalid');
    const actor = params.actor_token === undefined ? undefined : await readToken(params.actor_token);
    if (params.actor_token !== undefined && !actor)
      throw new errors.InvalidRequest('the actor token is invalid');
    const outcome = await judgeExchange(
      {
        client: { id: client.clientId, policy: settingsOf(client).token_exchange },
        subject,
        ...(actor === undefined ? {} : { actor: { sub: subOf(client, actor), clientId: actor.clientId } }),
        targets: [params.resource ?? [], params.audience ?? []].flat(),
        ...(params.scope === undefined ? {} : { scopes: params.scope.split(' ').filter(Boolean) }),
      },
      (resource) => store.services.find(resource),
    );
    if (isRefusal(outcome)) throw new errors.CustomOIDCProviderError(outcome.error, outcome.because);
    return { ...outcome, subject, actor };
  }

  function subOf(client: Client, { accountId, clientId }: PresentedToken): string {
    return accountId === undefined ? clientId : subjectFor(vault, accountId, client);
  }

  /** Hangs on the grant of the subject token, and ends with it (`exchanged-tokens.ts`). */
  async function issue(client: Client, granted: Granted, sender: SenderConstraint): Promise<AccessToken> {
    const { service, scopes, act, exchangedFrom, subject, actor } = granted;
    const server = resourceServer(service, defaults);
    const now = Math.floor(clock() / 1000);
    const ends = Math.min(now + server.accessTokenTTL, subject.exp, actor?.exp ?? Infinity);
    // To the library a life of no seconds is one that was not named, and it would give the usual one.
    if (ends <= now) throw new errors.InvalidRequest('a token has ended in the meantime');
    const token = new provider.AccessToken({
      client,
      accountId: subject.accountId!,
      grantId: subject.grantId!,
      gty: EXCHANGED,
      expiresIn: ends - now,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      ...(subject.sessionUid === undefined ? {} : { sessionUid: subject.sessionUid }),
      extra: {
        ...(act === undefined ? {} : { act }),
        ...(Object.keys(exchangedFrom).length === 0 ? {} : { exchanged_from: exchangedFrom }),
      },
    });
    token.resourceServer = new provider.ResourceServer(service.resource, server);
    await sender.bind(token);
    for (const { cnf } of [subject, ...(actor === undefined ? [] : [actor])]) refuseUnproven(cnf, token);
    return token;
  }

  provider.registerGrantType<Params>(
    exchangeGrant,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      const sender = await senderConstraint(provider, ctx as KoaContextWithOIDC);
      const granted = await judge(client, params);
      const token = await issue(client, granted, sender);
      ctx.oidc.entity('AccessToken', token);
      const { expiration, scope, tokenType } = token;
      ctx.body = {
        access_token: await token.save(),
        issued_token_type: ACCESS_TOKEN,
        token_type: tokenType,
        expires_in: expiration,
        ...(scope === undefined ? {} : { scope }),
      };
      logExchange(client, granted);
    },
    [...SINGLE, ...REPEATABLE],
    REPEATABLE,
  );
}

function refuseMalformed(params: Params): void {
  const { subject_token, subject_token_type, actor_token, actor_token_type, requested_token_type } = params;
  const refuse = (because: string) => {
    throw new errors.InvalidRequest(because);
  };
  if (subject_token === undefined) refuse('subject_token is missing');
  if (subject_token_type !== ACCESS_TOKEN) refuse(`subject_token_type must be ${ACCESS_TOKEN}`);
  if (actor_token === undefined && actor_token_type !== undefined) refuse('actor_token is missing');
  if (actor_token !== undefined && actor_token_type !== ACCESS_TOKEN)
    refuse(`actor_token_type must be ${ACCESS_TOKEN}`);
  if (requested_token_type !== undefined && requested_token_type !== ACCESS_TOKEN)
    refuse(`requested_token_type can only be ${ACCESS_TOKEN}`);
}

/** A token that is bound to a key or a certificate is worth nothing to whoever can't show that. */
function refuseUnproven(cnf: PresentedToken['cnf'], shown: AccessToken): void {
  const proven =
    (cnf.jkt === undefined || cnf.jkt === shown.jkt) &&
    (cnf['x5t#S256'] === undefined || cnf['x5t#S256'] === shown['x5t#S256']);
  if (!proven) throw new errors.InvalidRequest('the token is bound to a key that was not proven');
}

function logExchange({ clientId }: Client, { service, scopes, subject, actor }: Granted): void {
  requestScope()?.log.info(
    {
      event: 'token_exchange',
      client_id: clientId,
      sub: subject.accountId,
      subject_client_id: subject.clientId,
      actor: actor === undefined ? undefined : (actor.accountId ?? actor.clientId),
      resource: service.resource,
      scope: scopes.join(' '),
    },
    'token exchanged',
  );
}
