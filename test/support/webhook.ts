import { createServer, type IncomingHttpHeaders } from 'node:http';
import { openServer } from './open-server.js';

/** An operator's program that is told what people should know: keeps what it gets, and answers as told. */
export interface Webhook {
  host: string;
  url: string;
  received: { headers: IncomingHttpHeaders; body: string }[];
  /** `never`: not at all. */
  answerWith(status: number | 'never', headers?: Record<string, string>): void;
  close(): Promise<void>;
}

export async function listenForNotices(): Promise<Webhook> {
  const received: Webhook['received'] = [];
  let answer: [status: number | 'never', headers: Record<string, string>] = [204, {}];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const [status, headers] = answer;
      if (status !== 'never') response.writeHead(status, headers).end('an answer that nobody reads');
    });
  });
  const { port, close } = await openServer(server);
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `http://${host}/notices`,
    received,
    answerWith: (status, headers = {}) => void (answer = [status, headers]),
    close,
  };
}
