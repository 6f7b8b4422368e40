import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OpenServer {
  port: number;
  /** Ends open connections, too. */
  close(): Promise<void>;
}

/** Opens a server on loopback, at a port that nobody has unless one is given. */
export async function openServer(
  server: Pick<Server, 'address' | 'close' | 'closeAllConnections' | 'listen'>,
  port = 0,
): Promise<OpenServer> {
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
