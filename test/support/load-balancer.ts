import { createServer, request } from 'node:http';
import { openServer } from './open-server.js';

/** What stands before several processes of one installation: each request goes to the next of them in turn. */
export interface LoadBalancer {
  port: number;
  /** Ports of this machine. */
  sendTo(...ports: number[]): void;
  close(): Promise<void>;
}

export async function startLoadBalancer(): Promise<LoadBalancer> {
  let targets: number[] = [];
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const port = targets[turn++ % targets.length]!;
    const { method, url: path, headers } = incoming;
    const passedOn = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passedOn.on('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  const { port, close } = await openServer(server);
  return {
    port,
    sendTo(...ports) {
      targets = ports;
    },
    close,
  };
}
