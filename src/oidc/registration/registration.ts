import type Koa from 'koa';
import type { Context } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import { matchesLiveSecret } from '../../domain/client-secrets.js';
import { RejectedError, type Fault } from '../../domain/faults.js';
import { registrationPolicy } from '../../domain/registration-policy.js';
import { createSoftwareStatements, SoftwareStatementError } from '../../domain/software-statements.js';
import { jsonBody } from '../../http/json-body.js';
import { requestScope } from '../../http/request-scope.js';
import type { ClientRecord } from '../../store/clients.js';
import type { JsonObject } from '../../store/store.js';
import { clientPayload } from '../storage/client-adapter.js';
import type { ProviderDeps } from '../provider-deps.js';
import { bearerToken, registrationAccess } from './registration-access.js';
import { registrationAnswer } from './registration-answer.js';
import { statementIssuers } from './statement-issuers.js';

/**
 * Clients that register and manage themselves (RFC 7591, RFC 7592). The library would judge and store them by its own
 * rules; here they are judged by those that hold for every client, and stored as every client is.
 */
export function registration(provider: Provider, deps: ProviderDeps): Koa.Middleware {
  const { config, clients, registeredClients, clock } = deps;
  const payloadDeps = { ...deps, policy: registrationPolicy(config) };
  const answer = registrationAnswer(provider, payloadDeps, config.issuer);

  const access = registrationAccess(deps);
  const statements = createSoftwareStatements({
    issuers: statementIssuers(provider, config.registration.statementIssuers),
    audience: config.issuer,
    clock,
    clockTolerance: config.lifetimes.clockTolerance,
  });

  /** What the library refuses could never sign anybody in. It also reads the sector (OpenID Connect Registration 5). */
  async function refuseUnusable(client: ClientRecord): Promise<void> {
    const model = provider.Client as unknown as { validate(metadata: object): Promise<void> };
    await model.validate(clientPayload(client, payloadDeps));
  }

  async function readRequest(ctx: Context) {
    const { software_statement: softwareStatement, ...metadata } = await metadataOf(ctx);
    if (softwareStatement === undefined) return { metadata };
    const statement = await statements.read(softwareStatement);
    return { metadata, statement, softwareStatement: softwareStatement as string };
  }

  async function register(ctx: Context): Promise<void> {
    const { initialAccessToken, take } = await access(ctx);
    const { metadata, statement, softwareStatement } = await readRequest(ctx);
    const registered = await registeredClients.register(metadata, {
      statement,
      initialAccessToken,
      async admit(client) {
        await refuseUnusable(client);
        await take();
      },
    });
    log('registered', registered.client);
    ctx.status = 201;
    ctx.body = answer({ ...registered, softwareStatement });
  }

  async function manage(ctx: Context, id: string): Promise<void> {
    const token = bearerToken(ctx);
    const client = token === undefined ? undefined : await registeredClients.authenticate(id, token);
    // One answer for what doesn't exist and what isn't theirs.
    if (token === undefined || client === undefined)
      throw new errors.InvalidToken('no such client, or not its token');
    if (ctx.method === 'GET') {
      ctx.body = answer({ client, token });
    } else if (ctx.method === 'PUT') {
      const { metadata, statement, softwareStatement } = await readRequest(ctx);
      refuseForeignMembers(metadata, client, clock());
      const replaced = await registeredClients.replace(client, metadata, {
        statement,
        admit: refuseUnusable,
      });
      log('changed', replaced.client);
      ctx.body = answer({ ...replaced, token, softwareStatement });
    } else {
      await clients.remove(id);
      log('removed', client);
      ctx.status = 204;
    }
  }

  return async (ctx, next) => {
    const [, id] = /^\/reg\/([^/]+)$/u.exec(ctx.path) ?? [];
    try {
      if (ctx.path === '/reg' && ctx.method === 'POST') return await register(ctx);
      if (id !== undefined && ['GET', 'PUT', 'DELETE'].includes(ctx.method))
        return await manage(ctx, decodeURIComponent(id));
    } catch (error) {
      return refuse(ctx, inLibraryWords(error), config.issuer);
    }
    return next();
  };
}

async function metadataOf(ctx: Context): Promise<JsonObject> {
  const body = await jsonBody(ctx);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new errors.InvalidRequest('client metadata must be a JSON object');
  return body as JsonObject;
}

const OURS_TO_SAY = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** RFC 7592 2.2: what an update must not hold, and what it may repeat but not change. */
function refuseForeignMembers(request: JsonObject, client: ClientRecord, now: number): void {
  const foreign = OURS_TO_SAY.find((name) => request[name] !== undefined);
  if (foreign !== undefined) throw new errors.InvalidRequest(`the request must not hold ${foreign}`);
  if (request['client_id'] !== client.id)
    throw new errors.InvalidRequest('client_id is that of another client');
  const secret = request['client_secret'];
  if (secret !== undefined && !matchesLiveSecret(client.secrets, String(secret), now))
    throw new errors.InvalidRequest('client_secret is not that of this client');
}

/** RFC 7591 3.2.2. */
function inLibraryWords(error: unknown): unknown {
  if (error instanceof SoftwareStatementError) {
    const { InvalidSoftwareStatement, UnapprovedSoftwareStatement } = errors;
    const Word =
      error.code === 'invalid_software_statement' ? InvalidSoftwareStatement : UnapprovedSoftwareStatement;
    return new Word(error.message, (error.cause as Error | undefined)?.message);
  }
  if (!(error instanceof RejectedError)) return error;
  if (error.code === 'conflict') return new errors.InvalidRequest(error.message, 409);
  // The library tells by the first words which of its two errors it is.
  const sorted = error.faults.toSorted((a, b) => rank(a) - rank(b));
  return new errors.InvalidClientMetadata(sorted.map(sentence).join('; '));
}

function rank({ field }: Fault): number {
  return field === 'redirect_uris' ? 0 : 1;
}

function sentence({ field, value, reason, instead }: Fault): string {
  return [
    field,
    ...(value === undefined ? [] : [`(${value.slice(0, 100)})`]),
    reason,
    ...(instead === undefined ? [] : [`(${instead} would do)`]),
  ].join(' ');
}

function refuse(ctx: Context, error: unknown, issuer: string): void {
  if (!(error instanceof errors.OIDCProviderError)) throw error;
  const { error: code, error_description: description = '', error_detail: detail, statusCode } = error;
  requestScope()?.log.info({ event: 'registration', error: code, description, detail }, 'refused');
  ctx.status = statusCode;
  if (statusCode === 401) ctx.set('WWW-Authenticate', `Bearer realm="${issuer}", error="${code}"`);
  ctx.body = { error: code, error_description: printable(description) };
}

/** RFC 6749 5.2: what a description may hold. */
function printable(text: string): string {
  return text.slice(0, 4000).replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/gu, "'");
}

function log(outcome: 'registered' | 'changed' | 'removed', client: ClientRecord): void {
  requestScope()?.log.info({ event: 'registration', outcome, client_id: client.id }, 'registration');
}
