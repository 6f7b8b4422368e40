import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { clientFromDocument, documentHost } from '../domain/client-documents.js';
import { RejectedError } from '../domain/faults.js';
import type { ProtocolLimits } from '../domain/protocol-metadata.js';
import { requestScope } from '../http/request-scope.js';
import type { ClientRecord, ClientStore } from '../store/clients.js';
import type { Clock } from '../store/store.js';
import type { DocumentKind, ReadDocument } from './outbound/outbound-document.js';
import { deeperReason } from './outbound/outbound-failure.js';

const DOCUMENT: DocumentKind = {
  accept: 'application/json',
  types: /^application\/(?:json|[\w.-]+\+json)$/u,
  // The draft recommends 5 KB; keys take more room than that.
  mostBytes: 16_384,
};

/** Milliseconds. The owner of a document says how long it may be kept (RFC 9111), within these bounds. */
const SHORTEST = 60_000;
const USUAL = 300_000;
const LONGEST = 24 * 3_600_000;
/** For so long an old document goes on to count when there is no new one to be had: tokens shall outlive a bad day. */
const GRACE = 3_600_000;
const MOST_KEPT = 200;
/** Anybody can make us fetch from the hosts that the operator allows; not more than this at once. */
const MOST_AT_ONCE = 10;

interface Kept {
  client: ClientRecord;
  freshUntil: number;
}

export interface ClientDocuments {
  /** Whether a client id is the address of a document on a host that the operator allows. */
  covers(clientId: string): boolean;
  /** Rejects when there is no document to be had, or none that can be used. */
  find(clientId: string): Promise<ClientRecord>;
}

/**
 * Clients by the documents that they describe themselves in. The library has a feature of this name, which takes the
 * document for metadata as it stands: what only an operator may say of a client (`first_party`, `resources`, …) would be
 * for everybody to say, and our rules for clients would not be asked.
 */
export function createClientDocuments(deps: {
  hosts: readonly string[];
  resources: readonly string[];
  limits: ProtocolLimits;
  read: ReadDocument;
  clock: Clock;
}): ClientDocuments {
  const { read, clock, limits, resources } = deps;
  const hosts = new Set(deps.hosts);
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<ClientRecord>>();

  async function fetchClient(clientId: string): Promise<ClientRecord> {
    const { text, headers } = await read(clientId, DOCUMENT);
    const now = clock();
    const client = clientFromDocument(clientId, text, { limits, resources, now });
    kept.delete(clientId);
    kept.set(clientId, { client, freshUntil: now + lifeOf(headers) });
    for (const [oldest] of kept) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    return client;
  }

  async function fetchOnce(clientId: string): Promise<ClientRecord> {
    const before = underWay.get(clientId);
    if (before) return before;
    if (underWay.size >= MOST_AT_ONCE) throw new Error('too many documents are being fetched');
    const fetching = fetchClient(clientId).finally(() => underWay.delete(clientId));
    underWay.set(clientId, fetching);
    return fetching;
  }

  return {
    covers(clientId) {
      const host = documentHost(clientId);
      // On one's own computer a program has whichever port is free.
      return host !== undefined && (hosts.has(host) || (isLocal(host) && hosts.has('localhost')));
    },
    async find(clientId) {
      const old = kept.get(clientId);
      if (old && clock() < old.freshUntil) return old.client;
      try {
        return await fetchOnce(clientId);
      } catch (error) {
        // A document that says something else now counts at once, also when it cannot be used.
        if (old === undefined || error instanceof RejectedError || clock() >= old.freshUntil + GRACE) {
          kept.delete(clientId);
          throw error;
        }
        return old.client;
      }
    },
  };
}

function isLocal(host: string): boolean {
  return /^localhost:\d+$/u.test(host);
}

function lifeOf(headers: Headers): number {
  const [, seconds] = /(?:^|[,\s])max-age=(\d{1,9})/iu.exec(headers.get('cache-control') ?? '') ?? [];
  return seconds === undefined ? USUAL : Math.min(LONGEST, Math.max(SHORTEST, Number(seconds) * 1000));
}

/** The clients of the store, and behind them those that describe themselves. */
export function withClientDocuments(store: ClientStore, documents: ClientDocuments): ClientStore {
  const describe = async (clientId: string): Promise<ClientRecord | undefined> => {
    try {
      return await documents.find(clientId);
    } catch (error) {
      const reason = reasonOf(error);
      // Who develops such a client cannot look into our log.
      if ((Provider.ctx as KoaContextWithOIDC | undefined)?.oidc.route === 'authorization')
        throw new errors.InvalidClient(
          error instanceof RejectedError
            ? `the client metadata document cannot be used: ${reason}`
            : 'the client metadata document could not be fetched',
          reason,
        );
      // Elsewhere an app that is gone must not be in the way: people sign out of it, too.
      requestScope()?.log.info({ client_id: clientId, reason }, 'no client metadata document');
      return undefined;
    }
  };
  return {
    ...store,
    async find(clientId) {
      const known = await store.find(clientId);
      if (known || !documents.covers(clientId)) return known;
      // The library looks a client up again to say what is wrong with it.
      const reads = requestScope()?.reads;
      const before = reads?.get(`client-document/${clientId}`) as Promise<ClientRecord> | undefined;
      if (before) return before;
      const describing = describe(clientId);
      reads?.set(`client-document/${clientId}`, describing);
      return describing;
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof RejectedError)
    return error.faults
      .map(({ field, reason }) => `${field} ${reason}`)
      .join('; ')
      .slice(0, 500);
  return deeperReason(error);
}
