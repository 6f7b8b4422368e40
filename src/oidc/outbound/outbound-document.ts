import { createGuardedDispatcher, OUTBOUND_TIMEOUT_MS } from './outbound.js';

export interface DocumentKind {
  /** The media types that it is asked for in. */
  accept: string;
  /** The media types that it may come in. */
  types: RegExp;
  mostBytes: number;
}

export interface OutboundDocument {
  text: string;
  headers: Headers;
}

/** Reads a document that lies elsewhere; rejects with the reason in words, which are for the log. */
export type ReadDocument = (url: string, kind: DocumentKind) => Promise<OutboundDocument>;

/** Documents that clients keep on their own servers, read to the end in time, through the guard of all outbound requests. */
export function createDocumentReader(guardedFetch: typeof globalThis.fetch): ReadDocument {
  const dispatcher = createGuardedDispatcher();
  return async (url, kind) => {
    const signal = AbortSignal.timeout(OUTBOUND_TIMEOUT_MS);
    const read = async () => {
      const init = { signal, dispatcher, headers: { accept: kind.accept, 'user-agent': '' } };
      const response = await guardedFetch(url, init as RequestInit);
      try {
        expectDocument(response, kind);
        return { text: await readBody(response, kind), headers: response.headers };
      } catch (error) {
        await response.body?.cancel().catch(() => undefined);
        throw error;
      }
    };
    // The signal ends the request; what comes before it, such as the answer of a name server, is waited for no longer.
    return Promise.race([read(), ended(signal)]);
  };
}

function expectDocument(response: Response, { types }: DocumentKind): void {
  // Also a redirect, which is never followed: the address that was registered is the one that was agreed on.
  if (response.status !== 200) throw new Error(`the answer has the status ${response.status}`);
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && !types.test(type)) throw new Error(`the answer is of the type ${type}`);
}

async function readBody(response: Response, { mostBytes }: DocumentKind): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new Error(`there was no answer in ${OUTBOUND_TIMEOUT_MS} ms`)),
    );
  });
}
