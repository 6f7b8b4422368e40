/** A TCP proxy on the loopback that can play dead, to take a server away from a client. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

export interface TcpProxy {
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Keeps connections open and accepts new ones, but passes nothing on: a network that swallows packets. */
  freeze(): void;
  /** Holds everything back for so long, each way, until told otherwise. */
  slowDown(milliseconds: number): void;
  /** Works again. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let latency = 0;
  const port = await freePort();
  let server = await listen();

  async function listen(): Promise<Server> {
    const listening = createServer((downstream) => {
      const upstream = connect(target);
      for (const [from, to] of [
        [downstream, upstream],
        [upstream, downstream],
      ] as const) {
        sockets.add(from);
        if (frozen) from.pause();
        from.on('data', (chunk) => {
          if (latency === 0) to.write(chunk);
          else setTimeout(() => to.write(chunk), latency);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    listening.listen(port, '127.0.0.1');
    await once(listening, 'listening');
    return listening;
  }

  async function refuse(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    port,
    refuse,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    slowDown(milliseconds) {
      latency = milliseconds;
    },
    async resume() {
      frozen = false;
      latency = 0;
      for (const socket of sockets) socket.resume();
      if (!server.listening) server = await listen();
    },
    close: refuse,
  };
}
