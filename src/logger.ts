import { pino, type Logger } from 'pino';
import type { Config } from './config.js';

/** Members that never reach a log line, wherever an object that has them is logged. */
const SECRET = [
  'password',
  'client_secret',
  'code',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'cookie',
  'authorization',
];

/**
 * Structured log lines on stderr or stdout: one JSON object a line, so that input can't forge one. Errors are logged
 * with their type, message and stack; causes from the database keep their message only.
 */
export function createLogger(config: Config['log'], destination: 1 | 2 = 1): Logger {
  return pino(
    {
      level: config.level,
      base: null,
      redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    config.format === 'pretty'
      ? prettyStream(destination)
      : pino.destination({ fd: destination, sync: true }),
  );
}

/** For a person at a terminal: time, level, message, and the rest as it is. Control characters stay escaped. */
function prettyStream(destination: 1 | 2) {
  const stream = destination === 1 ? process.stdout : process.stderr;
  return {
    write(line: string) {
      const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const details = Object.entries(rest)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(' ');
      const stack = (err as { stack?: string } | undefined)?.stack;
      const clock = String(time).slice(11, 19);
      stream.write(
        `${clock} ${String(level).padEnd(5)} ${JSON.stringify(msg ?? '').slice(1, -1)}${details && `  ${details}`}\n`,
      );
      if (stack !== undefined) stream.write(`${stack.replaceAll(/^/gmu, '         ')}\n`);
    },
  };
}
