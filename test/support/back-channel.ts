import { createServer } from 'node:http';
import { eventually } from './eventually.js';
import { openServer } from './open-server.js';

/** An app's back-channel logout endpoint: keeps what it is sent, and answers as told. */
export interface BackChannel {
  url: string;
  /** Logout tokens, in the order they came. */
  received: string[];
  answerWith(status: number, headers?: Record<string, string>): void;
  /** Resolves when so many have come; fails when that takes too long. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function listenForLogout(): Promise<BackChannel> {
  const received: string[] = [];
  let answer: [status: number, headers: Record<string, string>] = [200, {}];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.writeHead(...answer).end();
    });
  });
  const { port, close } = await openServer(server);
  return {
    url: `http://127.0.0.1:${port}/logout`,
    received,
    answerWith: (status, headers = {}) => void (answer = [status, headers]),
    waitFor: async (count) => void (await eventually(() => received.length >= count)),
    close,
  };
}
