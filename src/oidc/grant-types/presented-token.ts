import type { JWTPayload } from 'jose';
import type Provider from 'oidc-provider';
import type { AccessToken, ClientCredentials } from 'oidc-provider';
import type { Actor, Origins, Subject } from '../../domain/token-exchange.js';
import type { Users } from '../../domain/users.js';
import type { ClientStore } from '../../store/clients.js';
import type { Clock } from '../../store/store.js';
import { EXCHANGED, grantIdOf } from './exchanged-tokens.js';

/** An access token of ours that holds at this moment. */
export interface PresentedToken extends Subject {
  /** Seconds. */
  exp: number;
  grantId?: string;
  /** The session that it ends with. */
  sessionUid?: string;
  /** The key or the certificate that it is bound to (RFC 7800). */
  cnf: { jkt?: string; 'x5t#S256'?: string };
}

export interface PresentedTokenDeps {
  provider: Provider;
  readJwt: (token: string) => Promise<JWTPayload | undefined>;
  users: Pick<Users, 'find'>;
  clients: ClientStore;
  clock: Clock;
}

/**
 * Finds an access token of ours that a client hands in: known or signed by us, not over, and of a client, a grant and a
 * person that are still there. undefined: it is none, whyever.
 */
export function createTokenReader(
  deps: PresentedTokenDeps,
): (value: string) => Promise<PresentedToken | undefined> {
  const { provider, readJwt, users, clients, clock } = deps;

  async function stands(token: PresentedToken | undefined): Promise<boolean> {
    if (token === undefined || token.exp * 1000 <= clock()) return false;
    if ((await clients.find(token.clientId)) === undefined) return false;
    if (token.accountId === undefined) return true;
    const user = await users.find(token.accountId);
    return user !== undefined && user.disabledAt === undefined;
  }

  /** The account comes from the grant: the subject of a pairwise client would not tell. */
  async function accountOf(grantId: string | undefined): Promise<string | undefined> {
    const grant =
      grantId === undefined ? undefined : await provider.Grant.find(grantId, { ignoreExpiration: true });
    return grant === undefined || grant.isExpired ? undefined : grant.accountId;
  }

  async function fromJwt(payload: JWTPayload): Promise<PresentedToken | undefined> {
    const claims = payload as unknown as Claims;
    const { sub, exp = 0, client_id, grant_id, cnf } = claims;
    const isOwn = grant_id === undefined && sub === client_id;
    const accountId = isOwn ? undefined : await accountOf(grant_id);
    if (!isOwn && accountId === undefined) return undefined;
    return {
      ...(accountId === undefined ? {} : { accountId }),
      ...(grant_id === undefined ? {} : { grantId: grant_id }),
      ...common(claims),
      clientId: client_id,
      exp,
      cnf: cnf ?? {},
    };
  }

  async function fromRecord(token: AccessToken | ClientCredentials): Promise<PresentedToken | undefined> {
    const { aud, extra, scope, exp = 0, clientId = '', jkt, 'x5t#S256': x5t } = token;
    const presented: PresentedToken = {
      ...common({ aud, scope, ...extra } as Claims),
      clientId,
      exp,
      cnf: { ...(jkt === undefined ? {} : { jkt }), ...(x5t === undefined ? {} : { 'x5t#S256': x5t }) },
    };
    if (token.kind !== 'AccessToken') return presented;
    const { accountId, expiresWithSession, gty, sessionUid } = token as AccessToken;
    const grantId = grantIdOf(token as AccessToken);
    if (grantId === undefined || (await accountOf(grantId)) !== accountId) return undefined;
    const isBound = sessionUid !== undefined && (expiresWithSession === true || gty === EXCHANGED);
    return { ...presented, accountId, grantId, ...(isBound ? { sessionUid } : {}) };
  }

  return async (value) => {
    const payload = value.includes('.') ? await readJwt(value) : undefined;
    const record =
      payload ?? (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
    if (record === undefined) return undefined;
    const token = await (payload === undefined
      ? fromRecord(record as AccessToken | ClientCredentials)
      : fromJwt(payload));
    return (await stands(token)) ? token : undefined;
  };
}

interface Claims {
  sub: string;
  aud?: string | string[] | undefined;
  exp?: number;
  client_id: string;
  grant_id?: string;
  scope?: string | undefined;
  act?: Actor | undefined;
  exchanged_from?: Origins | undefined;
  may_act?: { sub: string } | undefined;
  cnf?: PresentedToken['cnf'];
}

function common({ aud, act, exchanged_from: from, may_act, scope }: Omit<Claims, 'sub' | 'client_id'>) {
  return {
    ...(typeof aud === 'string' ? { audience: aud } : {}),
    ...(act === undefined ? {} : { act }),
    ...(from === undefined ? {} : { exchangedFrom: from }),
    ...(may_act === undefined ? {} : { mayAct: may_act.sub }),
    scopes: (scope ?? '').split(' ').filter(Boolean),
  };
}
