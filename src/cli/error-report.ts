import { CommanderError } from 'commander';

import { AppError } from '../domain/app-error.js';
import { RejectedError, type Fault } from '../domain/faults.js';
import { StoreUnavailableError } from '../store/store.js';
import { visible, wrap } from './layout.js';
import { UsageError } from './terminal.js';

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
    return { code: 'usage', message: error.message.replace(/^error: /, ''), faults: [], exitCode: 2 };
  }
  if (error instanceof UsageError) return { code: 'usage', message: error.message, faults: [], exitCode: 2 };
  if (error instanceof RejectedError) {
    return { code: error.code, message: error.message, faults: error.faults, exitCode: 1 };
  }
  if (error instanceof StoreUnavailableError) {
    return { code: 'store_unavailable', message: `The database does not answer: ${error.message}`, faults: [], exitCode: 1 };
  }
  const code = error instanceof AppError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  return { code, message, faults: [], exitCode: 1 };
}

/** The message, then each fault under the option that it is about. */
export function errorInWords({ message, faults }: ErrorReport): string {
  const lines = message.split('\n').map(visible);
  const blocks = faults.map((fault) =>
    [
      `  ${[optionOf(fault.field), fault.value === undefined ? '' : shown(fault.value)].join(' ').trimEnd()}`,
      wrap(fault.reason, 4, 80),
      ...(fault.instead === undefined ? [] : [`    instead: ${visible(fault.instead)}`]),
    ].join('\n'),
  );
  return [`error: ${lines.join('\n')}`, ...blocks].join('\n\n');
}

const optionsByField: Record<string, string> = {
  redirectUris: '--redirect-uri',
  postLogoutRedirectUris: '--post-logout-redirect-uri',
  contacts: '--contact',
  resources: '--resource',
  scopes: '--scope',
  scope: '--openid-scope',
  requirePkce: '--no-pkce',
  serviceName: '--name',
  overlapSeconds: '--overlap',
};

function optionOf(field: string): string {
  return optionsByField[field] ?? `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function shown(value: string): string {
  const text = visible(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text || '(empty)';
}
