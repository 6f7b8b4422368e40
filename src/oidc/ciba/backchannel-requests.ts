import { errors, type AdapterPayload } from 'oidc-provider';
import type Provider from 'oidc-provider';
import type { AuthorizationDetail } from '../../domain/authorization-details.js';
import { requestedAccess, type RequestedAccess } from '../../domain/requested-access.js';
import { requestScope } from '../../http/request-scope.js';
import type { ClientView } from '../../pages/page-data.js';
import type { ArtifactStore } from '../../store/artifacts.js';
import type { ServiceStore } from '../../store/services.js';
import type { Clock } from '../../store/store.js';
import {
  BACKCHANNEL_REQUEST,
  type BackchannelRequestPayload,
} from '../storage/backchannel-request-adapter.js';
import { clientView } from '../client-view.js';

type Request = InstanceType<Provider['BackchannelAuthenticationRequest']>;

/** What a client asks of a person, as the person sees it. Times in seconds. */
export interface PersonRequest {
  name: string;
  client: ClientView & { id: string };
  access: RequestedAccess & { claims: string[] };
  bindingMessage?: string;
  /** Where the client's request came from. */
  address: string;
  askedAt: number;
  expiresAt: number;
  state: 'pending' | 'approved' | 'denied' | 'expired';
  /** How old the person's sign-in may have been when the client asked (`max_age`). */
  maxAge?: number;
}

/** How the person who answers is signed in: it goes into the tokens. */
export interface Authentication {
  accountId: string;
  authTime: number;
  acr?: string | undefined;
  amr?: string[] | undefined;
  /** The session that it ends with, until the client has come for its tokens. */
  sessionUid?: string;
}

export interface BackchannelRequests {
  /** What waits for an answer, the newest first. */
  listPending(accountId: string): Promise<PersonRequest[]>;
  /** undefined: there is none of this name, or it is not for this person; the two are not told apart. */
  find(accountId: string, name: string): Promise<PersonRequest | undefined>;
  /** Of any number of answers one counts. False when it wasn't this one, or when there was nothing to answer. */
  answer(person: Authentication, name: string, answer: 'approve' | 'deny'): Promise<boolean>;
}

/** More than anybody is asked within the life of a request, see `THROTTLE_PER_ACCOUNT`. */
const LONGEST_LIST = 100;

/** The requests of clients that a person answers on a page (OpenID Connect CIBA Core 1.0). */
export function createBackchannelRequests(
  provider: Provider,
  { artifacts, services, clock }: { artifacts: ArtifactStore; services: ServiceStore; clock: Clock },
): BackchannelRequests {
  const model = provider.BackchannelAuthenticationRequest as unknown as {
    adapter: { findByUid(name: string): Promise<BackchannelRequestPayload | undefined> };
    instantiate(payload: AdapterPayload): Request;
  };

  async function load(accountId: string, name: string) {
    const payload = await model.adapter.findByUid(name);
    if (payload?.accountId !== accountId) return undefined;
    const client = await provider.Client.find(String(payload.clientId));
    return client && { payload, client };
  }

  async function find(accountId: string, name: string): Promise<PersonRequest | undefined> {
    const found = await load(accountId, name);
    if (!found) return undefined;
    const { payload, client } = found;
    const { params = {}, iat = 0, exp = 0 } = payload;
    const text = (parameter: string) => {
      const value = params[parameter];
      return typeof value === 'string' ? value : undefined;
    };
    const message = text('binding_message');
    // The library writes a max_age of 0 as a prompt.
    const maxAge = params['prompt'] === 'login' ? 0 : params['max_age'];
    return {
      name,
      client: { ...clientView(client), id: client.clientId },
      access: { ...(await requestedAccess(params, services)), claims: claimsIn(text('claims')) },
      address: payload.origin ?? '',
      askedAt: iat,
      expiresAt: exp,
      state: stateOf(payload, clock()),
      ...(message === undefined ? {} : { bindingMessage: message }),
      ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    };
  }

  return {
    find,
    async listPending(accountId) {
      const records = await artifacts.listByAccount({
        model: BACKCHANNEL_REQUEST,
        accountId,
        limit: LONGEST_LIST,
      });
      const requests = await Promise.all(records.map(({ key }) => find(accountId, key)));
      return requests
        .filter((request) => request?.state === 'pending')
        .map((request) => request!)
        .toSorted((one, other) => other.askedAt - one.askedAt);
    },

    async answer({ accountId, ...authentication }, name, answer) {
      const found = await load(accountId, name);
      if (!found || stateOf(found.payload, clock()) !== 'pending') return false;
      const { payload, client } = found;
      const { params = {} } = payload;
      const request = model.instantiate(payload);
      const log = requestScope()?.log.child({
        event: 'ciba',
        client_id: client.clientId,
        user_id: accountId,
      });
      // What was ended or answered by another in between is not written.
      const decide = async (
        result: Parameters<Provider['backchannelResult']>[1],
        rar: AuthorizationDetail[] = [],
      ) => {
        try {
          await provider.backchannelResult(request, result, {
            ...authentication,
            ...(rar.length > 0 ? { rar } : {}),
          });
          log?.info({ outcome: answer }, 'request answered');
          return true;
        } catch (error) {
          if (!(error instanceof errors.SessionNotFound)) throw error;
          return false;
        }
      };
      if (answer === 'deny') return decide(new errors.AccessDenied('the person refused'));

      // A grant of its own: what was allowed here is not remembered for the next time, nor for sign-ins in a browser.
      const grant = new provider.Grant({ accountId, clientId: client.clientId });
      const { openid, services: asked, details } = await requestedAccess(params, services);
      const claims = claimsIn(params['claims']);
      grant.addOIDCScope(openid.join(' '));
      if (claims.length > 0) grant.addOIDCClaims(claims);
      for (const { resource, scopes } of asked) {
        if (scopes.length > 0) grant.addResourceScope(resource, scopes.map((scope) => scope.name).join(' '));
      }
      for (const detail of details) grant.addRar(detail);
      await grant.save();
      const counts = await decide(grant, details);
      if (!counts) await grant.destroy();
      return counts;
    },
  };
}

function stateOf({ grantId, error, exp = 0 }: AdapterPayload, now: number): PersonRequest['state'] {
  if (grantId !== undefined) return 'approved';
  if (error !== undefined) return 'denied';
  return exp * 1000 <= now ? 'expired' : 'pending';
}

/** Claims asked for one by one (OpenID Connect Core 5.5); the library has looked at their form. */
function claimsIn(parameter: unknown): string[] {
  if (typeof parameter !== 'string') return [];
  const { userinfo, id_token: idToken } = JSON.parse(parameter) as Record<string, object | undefined>;
  return [...new Set(Object.keys({ ...userinfo, ...idToken }))];
}
