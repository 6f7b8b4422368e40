import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions, TlsOptions } from 'node:tls';

/** The address can't be listened on; the message says what to do about it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** The port: who answers there can change while it is open. */
export interface Listener {
  readonly address: AddressInfo;
  /** Requests that come from now on are answered by this one. */
  answerWith(handler: RequestListener): void;
  /** With TLS: connections that come from now on see this certificate. */
  renew(tls: SecureContextOptions): void;
  /** Refuses new connections, gives those in flight their answers, and cuts off what isn't done after `seconds`. */
  drain(seconds: number): Promise<void>;
}

interface Place {
  host: string;
  port: number;
  /** The variable that says which port. */
  variable?: string;
}

export async function listenOn(
  at: Place,
  firstHandler: RequestListener,
  tls?: TlsOptions,
): Promise<Listener> {
  let handler = firstHandler;
  let draining = false;
  const inFlight = new Set<ServerResponse>();
  /** Connections that have not asked anything: browsers and load balancers open some in advance. */
  const silent = new Set<Socket>();

  const limits = { maxHeaderSize: 16_384, keepAliveTimeout: 75_000, requestTimeout: 30_000 };
  const answer: RequestListener = (request, response) => {
    silent.delete(request.socket);
    inFlight.add(response);
    response.once('close', () => inFlight.delete(response));
    if (draining) endConnection(response);
    handler(request, response);
  };
  const server = tls ? createTlsServer({ ...limits, ...tls }, answer) : createServer(limits, answer);
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  await listen(server, at);

  return {
    address: server.address() as AddressInfo,
    answerWith: (next) => void (handler = next),
    renew: (renewed) => (server as TlsServer).setSecureContext(renewed),
    drain: (seconds) =>
      new Promise((resolve) => {
        draining = true;
        const limit = setTimeout(() => server.closeAllConnections(), seconds * 1000);
        server.close(() => {
          clearTimeout(limit);
          resolve();
        });
        for (const response of inFlight) endConnection(response);
        for (const socket of silent) socket.destroy();
      }),
  };

  /** Kept alive, a connection that has got its answer would hold up the end for as long as its client likes. */
  function endConnection(response: ServerResponse): void {
    if (!response.headersSent) response.setHeader('Connection', 'close');
    else response.once('close', () => setImmediate(() => server.closeIdleConnections()));
  }
}

function listen(server: Server, at: Place): Promise<void> {
  const { host, port } = at;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(reasonOf(error, at), { cause: error }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function reasonOf(
  { code, message }: NodeJS.ErrnoException,
  { host, port, variable = 'PORT' }: Place,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is taken: another program listens there, perhaps another Gatehouse. Stop it, or set ${variable} to another one.`;
    case 'EACCES':
      return `Port ${port} of ${host} may not be used by this account. Set ${variable} to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Set HOST to one that is, or to 0.0.0.0 for all of them.`;
    default:
      return `Port ${port} of ${host} can't be listened on: ${message}`;
  }
}
