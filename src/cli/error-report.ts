import { CommanderError } from 'commander';

import { ConfigError } from '../config.js';
import { AppError } from '../domain/app-error.js';
import { RejectedError, type Fault } from '../domain/faults.js';
import { StoreUnavailableError } from '../store/store.js';
import { visible, wrap } from './layout.js';
import { CancelledError, UsageError } from './terminal.js';

export interface ErrorReport {
  code: string;
  /** In plain words; may have several lines. */
  message: string;
  faults: readonly Fault[];
  /** 1: it failed; 2: it was asked for wrongly. */
  exitCode: 1 | 2;
}

/** Says what went wrong, for people and for programs. What nobody foresaw keeps its message and loses its stack. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof CommanderError) {
    const message = error.code === 'commander.help' ? 'The command is missing; see --help.' : error.message;
    return { code: 'usage', message: message.replace(/^error: /, ''), faults: [], exitCode: 2 };
  }
  if (error instanceof UsageError) return { code: 'usage', message: error.message, faults: [], exitCode: 2 };
  if (error instanceof CancelledError) {
    return { code: 'cancelled', message: error.message, faults: [], exitCode: 1 };
  }
  if (error instanceof RejectedError) {
    return { code: error.code, message: error.message, faults: error.faults, exitCode: 1 };
  }
  if (error instanceof ConfigError) {
    const faults = error.faults.map(({ variable, message }) => ({ field: variable, reason: message }));
    const [summary = ''] = error.message.split('\n');
    return { code: 'configuration', message: summary, faults, exitCode: 1 };
  }
  if (error instanceof StoreUnavailableError) {
    return {
      code: 'store_unavailable',
      message: `The database does not answer: ${error.message}`,
      faults: [],
      exitCode: 1,
    };
  }
  const code = error instanceof AppError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  return { code, message, faults: [], exitCode: 1 };
}

/** The message, then each fault under the option that it is about; `options` are all that there are. */
export function errorInWords({ message, faults }: ErrorReport, options: ReadonlySet<string>): string {
  const blocks = faults.map((fault) =>
    [
      `  ${heading(fault, options)}`,
      wrap(fault.reason, 4, 80),
      ...(fault.instead === undefined ? [] : [`    instead: ${visible(fault.instead)}`]),
    ].join('\n'),
  );
  const lines = `error: ${message}`.split('\n').map((line) => wrap(line, 0, 80));
  return [lines.join('\n'), ...blocks].join('\n\n');
}

const optionsByField: Record<string, string> = {
  redirectUris: '--redirect-uri',
  postLogoutRedirectUris: '--post-logout-redirect-uri',
  contacts: '--contact',
  resources: '--resource',
  scopes: '--scope',
  detailsTypes: '--details-type',
  scope: '--openid-scope',
  requirePkce: '--no-pkce',
  serviceName: '--name',
  tokenFormat: '--format',
  'tokenExchange.clients': '--exchange-of',
  'tokenExchange.audiences': '--exchange-as',
  'tokenExchange.targets': '--exchange-for',
  'tokenExchange.scopes': '--exchange-scope',
  assertionIssuers: '--assertion-issuer',
  overlapSeconds: '--overlap',
  login: '--email or --username',
  roles: '--role',
  password: 'the password',
  'profile.name': '--name',
};

function heading({ field, value }: Fault, options: ReadonlySet<string>): string {
  const said = (head: string, join: string) => (value === undefined ? head : `${head}${join}${shown(value)}`);
  if (/^[A-Z_]+$/.test(field)) return said(field, ' ');
  if (field.startsWith('profile.') && field !== 'profile.name')
    return said(`--claim ${field.slice('profile.'.length)}`, '=');
  const option =
    optionsByField[field] ?? `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  // What has no option of its own was given, or has to be given, as client metadata.
  const named = option.startsWith('--') && !options.has(option.split(' ')[0]!);
  return named ? said(`--metadata ${field}`, '=') : said(option, ' ');
}

function shown(value: string): string {
  const text = visible(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text || '(empty)';
}
