import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An app's back-channel logout endpoint: keeps what it is sent, and answers as told. */
export interface BackChannel {
  url: string;
  /** Logout tokens, in the order they came. */
  received: string[];
  answerWith(status: number): void;
  /** Resolves when so many have come. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function listenForLogout(): Promise<BackChannel> {
  const received: string[] = [];
  let status = 200;
  let wake: (() => void) | undefined;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.writeHead(status).end();
      wake?.();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    received,
    answerWith: (next) => void (status = next),
    async waitFor(count) {
      while (received.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
