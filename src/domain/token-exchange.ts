import type { ServiceRecord } from '../store/services.js';
import { askedService, isRefusal, type FindService, type Refusal } from './asked-service.js';
import type { Fault } from './faults.js';
import { openIdScopes, resourceFault } from './services.js';

/** RFC 8693 2.1. */
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** A chain of actors as long as this is a loop, and every token would be longer than the one before. */
const LONGEST_CHAIN = 8;

/**
 * What a client may get in exchange for tokens of people that it was handed. Without a policy it gets nothing; whose
 * tokens it takes, and where they may lead, is said by name.
 */
export type ExchangePolicy = {
  /** Apps whose tokens it takes, whatever these are for. */
  clients?: string[];
  /** Resource indicators of services that it is itself: it takes the tokens for them, of every app. */
  audiences?: string[];
  /** Resource indicators of the services that it may get tokens for. */
  targets: string[];
  /** The scopes that it may get there; absent: all that these services have. */
  scopes?: string[];
  /** Without it every exchange needs an actor token, so that the new token says who acts. */
  impersonation?: boolean;
};

/** Whoever acts for the subject, and who acted before them (RFC 8693 4.1). */
export type Actor = { sub: string; act?: Actor };

/** What tokens allowed that this one came out of: their scopes, by the service that they were for. */
export type Origins = Readonly<Record<string, string>>;

/** What the policy has to know of a token that was verified. */
export interface Subject {
  /** Absent: it is of a client that acts for itself. */
  accountId?: string;
  clientId: string;
  audience?: string;
  scopes: readonly string[];
  act?: Actor;
  /** Absent: it is the first of its chain. */
  exchangedFrom?: Origins;
  /** Who alone may act for the subject (RFC 8693 4.4). */
  mayAct?: string;
}

export interface ExchangeRequest {
  client: { id: string; policy: ExchangePolicy | undefined };
  subject: Subject;
  /** Whom the actor token is of, and to whom it was issued. */
  actor?: { sub: string; clientId: string };
  /** Every `resource` and `audience` of the request. */
  targets: readonly string[];
  /** undefined: none was named. */
  scopes?: readonly string[];
}

export interface Exchanged {
  service: ServiceRecord;
  scopes: string[];
  act?: Actor;
  /** Of what comes out. */
  exchangedFrom: Origins;
}

/** Decides an exchange: whose token, by whom, for what. What comes out allows no more than policy and token together. */
export async function judgeExchange(
  request: ExchangeRequest,
  findService: FindService,
): Promise<Exchanged | Refusal> {
  const { client, subject, actor } = request;
  const { policy } = client;
  if (policy === undefined)
    return { error: 'unauthorized_client', because: 'the client has no policy for it' };
  const refusal = refuseSubject(client.id, policy, subject) ?? refuseActor(client.id, policy, actor);
  if (refusal !== undefined) return refusal;

  const act = actor === undefined ? subject.act : actedBy(actor.sub, subject.act);
  if (act !== undefined && lengthOf(act) > LONGEST_CHAIN)
    return { error: 'invalid_request', because: `there are more than ${LONGEST_CHAIN} actors in a row` };

  const service = await askedService(request.targets, policy.targets, findService);
  if (isRefusal(service)) return service;

  const origins = originsOf(subject);
  const offered = offeredScopes(policy, origins[service.resource], service);
  // Unless it asks for scopes of the other service by name, it gets those that the subject token has already.
  const scopes = request.scopes ?? offered.filter((scope) => subject.scopes.includes(scope));
  const wider = scopes.filter((scope) => !offered.includes(scope));
  if (wider.length > 0) return { error: 'invalid_scope', because: 'more is asked for than can be had' };
  // What it allows at its own service stands in the token itself.
  const { [service.resource]: _own, ...exchangedFrom } = origins;
  return { service, scopes: [...new Set(scopes)], exchangedFrom, ...(act === undefined ? {} : { act }) };
}

/** Everything that is wrong with a policy by itself; whether those it names exist is looked up elsewhere. */
export function exchangeFaults(policy: ExchangePolicy | undefined, confidential: boolean): Fault[] {
  if (policy === undefined) return [];
  const { clients = [], audiences = [], targets, scopes = [] } = policy;
  const faults = [
    ...audiences.flatMap((resource) => resourceFault('tokenExchange.audiences', resource)),
    ...targets.flatMap((resource) => resourceFault('tokenExchange.targets', resource)),
  ];
  const fault = (field: string, reason: string) => faults.push({ field: `tokenExchange.${field}`, reason });
  if (!confidential)
    fault('targets', 'needs a client with a secret: anybody could exchange what they have found');
  if (targets.length === 0) fault('targets', 'is missing: a service that it may get tokens for');
  if (clients.length === 0 && audiences.length === 0)
    fault('clients', 'is missing, or --exchange-as: whose tokens it takes');
  for (const scope of scopes) {
    if (openIdScopes.includes(scope) || !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope))
      faults.push({ field: 'tokenExchange.scopes', value: scope, reason: 'is no scope of a service' });
  }
  return faults;
}

function refuseSubject(clientId: string, policy: ExchangePolicy, subject: Subject): Refusal | undefined {
  const refuse = (because: string): Refusal => ({ error: 'invalid_request', because });
  if (subject.accountId === undefined) return refuse('the subject token is of no person');
  const mayTake =
    policy.clients?.includes(subject.clientId) === true ||
    (subject.audience !== undefined && policy.audiences?.includes(subject.audience) === true);
  if (!mayTake) return refuse('the client may not exchange this subject token');
  if (subject.mayAct !== undefined && subject.mayAct !== clientId)
    return refuse('the subject token names another client that may act');
  return undefined;
}

function refuseActor(
  clientId: string,
  policy: ExchangePolicy,
  actor: ExchangeRequest['actor'],
): Refusal | undefined {
  if (actor === undefined) {
    return policy.impersonation === true
      ? undefined
      : { error: 'invalid_request', because: 'actor_token is missing: the client may not impersonate' };
  }
  // Nobody acts in another's name: not who hands in a token that was issued to somebody else.
  return actor.clientId === clientId
    ? undefined
    : { error: 'invalid_request', because: 'the actor token was not issued to the client' };
}

/** The new actor first; who acted before is never left out (RFC 8693 4.1). */
function actedBy(sub: string, before: Actor | undefined): Actor {
  return before === undefined ? { sub } : { sub, act: before };
}

function lengthOf(act: Actor): number {
  return act.act === undefined ? 1 : 1 + lengthOf(act.act);
}

function originsOf({ audience, scopes, exchangedFrom = {} }: Subject): Origins {
  return audience === undefined ? exchangedFrom : { ...exchangedFrom, [audience]: scopes.join(' ') };
}

/**
 * What can be had at a service. Where the token is for it already, or came out of one that was, no more than that had: also
 * not by way of another service and back.
 *
 * @param before the scopes of that one
 */
function offeredScopes(policy: ExchangePolicy, before: string | undefined, service: ServiceRecord): string[] {
  return service.scopes
    .map(({ name }) => name)
    .filter((scope) => policy.scopes?.includes(scope) ?? true)
    .filter((scope) => before?.split(' ').includes(scope) ?? true);
}
