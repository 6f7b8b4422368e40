import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import { createCertificate } from './certificates.js';
import { openServer } from './open-server.js';

/** A web server with a certificate of its own, on which clients keep documents. */
export interface DocumentServer {
  /** `https://localhost:PORT`. */
  origin: string;
  host: string;
  certificate: string;
  /** Puts an answer at a path. */
  serve(path: string, answer: RequestListener | Document): void;
  /** What was asked for, in order. */
  asked: string[];
  close(): Promise<void>;
}

interface Document {
  body: string;
  headers?: Record<string, string>;
}

export async function serveDocuments(): Promise<DocumentServer> {
  const { cert, key } = await createCertificate({ name: 'localhost', hosts: ['localhost'] });
  const answers = new Map<string, RequestListener | Document>();
  const asked: string[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.get(request.url ?? '');
    if (typeof answer === 'function') answer(request, response);
    else if (answer) response.writeHead(200, answer.headers).end(answer.body);
    else response.writeHead(404).end('nothing here');
  });
  const { port, close } = await openServer(server);
  const host = `localhost:${port}`;
  const forget = trust(cert);
  return {
    origin: `https://${host}`,
    host,
    certificate: cert,
    serve: (path, answer) => void answers.set(path, answer),
    asked,
    async close() {
      forget();
      await close();
    },
  };
}

interface Agent {
  constructor: new (options: object) => Agent;
  dispatch(...call: unknown[]): boolean;
}

/** What NODE_EXTRA_CA_CERTS does for a process that is yet to start: `fetch` trusts the certificate, too. */
function trust(certificate: string): () => void {
  const agent = (globalThis as unknown as Record<symbol, Agent>)[Symbol.for('undici.globalDispatcher.1')]!;
  const trusting = new agent.constructor({ connect: { ca: certificate } });
  const { dispatch } = agent;
  agent.dispatch = (...call) => trusting.dispatch(...call);
  return () => void (agent.dispatch = dispatch);
}
