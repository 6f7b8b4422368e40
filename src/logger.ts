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
 * Structured log lines on stderr or stdout: one JSON object a line, so that input can't forge one. Of an error its type
 * and its stack are logged, and so on for its causes; its other members are not, since drivers hang on to them what
 * they were working with.
 */
export function createLogger(config: Config['log'], destination: 1 | 2 = 1): Logger {
  return pino(
    {
      level: config.level,
      base: null,
      redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      serializers: { err: describeError },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    config.format === 'pretty'
      ? prettyStream(destination)
      : pino.destination({ fd: destination, sync: true }),
  );
}

/** All but the end of a line: they move the cursor, colour the text, erase what stands there. */
const CONTROLS = /(?!\n)\p{Cc}/gu;

interface LoggedError {
  type: string;
  message: string;
  stack?: string;
  cause?: LoggedError;
}

/** A chain of causes has an end, even one that leads back to its beginning. */
const DEEPEST_CAUSE = 4;

function describeError(error: unknown, depth = 0): LoggedError | undefined {
  if (error === undefined || error === null) return undefined;
  if (!(error instanceof Error)) return { type: typeof error, message: '(not an error)' };
  const { name, message, stack } = error;
  const cause = depth < DEEPEST_CAUSE ? describeError(error.cause, depth + 1) : undefined;
  return { type: name, message, ...(stack && { stack }), ...(cause && { cause }) };
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
      const stack = (err as LoggedError | undefined)?.stack;
      const clock = String(time).slice(11, 19);
      stream.write(
        `${clock} ${String(level).padEnd(5)} ${JSON.stringify(msg ?? '').slice(1, -1)}${details && `  ${details}`}\n`,
      );
      if (stack !== undefined)
        stream.write(`${stack.replaceAll(CONTROLS, '\ufffd').replaceAll(/^/gmu, '         ')}\n`);
    },
  };
}
