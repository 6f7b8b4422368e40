import { isIPv4 } from 'node:net';
import { StartRefusedError } from './start-refused.js';

/**
 * The demo has passwords on the screen and people who exist for show: it runs for this computer alone.
 *
 * @throws StartRefusedError when the environment asks for more
 */
export function refuseMoreThanLoopback(environment: Readonly<Record<string, string | undefined>>): void {
  const { HOST: host, NODE_ENV } = environment;
  if (host && !isLoopback(host)) {
    throw new StartRefusedError(
      `HOST is ${JSON.stringify(host)}, but the demo listens on the loopback interface alone: it shows the passwords of its users. Unset HOST; to serve others, use npm start.`,
    );
  }
  if (NODE_ENV === 'production') {
    throw new StartRefusedError(
      'NODE_ENV is "production", and the demo is nothing for production: it shows the passwords of its users. Unset NODE_ENV, or use npm start.',
    );
  }
}

function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || (isIPv4(host) && host.startsWith('127.'));
}
