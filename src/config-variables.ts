/**
 * Every variable that Gatehouse reads, declared once. The configuration, `docs/configuration.md` and `.env.example`
 * all come from these tables, by theme.
 */
import type { Kind } from './config-kinds.js';
import { appearance } from './config-variables/appearance.js';
import { lifetimes } from './config-variables/lifetimes.js';
import { passwords, throttle } from './config-variables/passwords.js';
import { notices, protocol, registration } from './config-variables/protocol.js';
import { data, log, server } from './config-variables/server.js';
import type { Table } from './config-variables/variable.js';

export type { Variable } from './config-variables/variable.js';

/** The chapters of the reference. */
export const groups: Readonly<Record<string, Table>> = {
  Server: server,
  'Data and keys': data,
  Log: log,
  Appearance: appearance,
  Protocol: protocol,
  Notices: notices,
  Registration: registration,
  Lifetimes: lifetimes,
  Passwords: passwords,
  'Failed sign-ins': throttle,
};

export const variables = {
  ...server,
  ...data,
  ...log,
  ...appearance,
  ...protocol,
  ...notices,
  ...registration,
  ...lifetimes,
  ...passwords,
  ...throttle,
};

export type VariableName = keyof typeof variables;

/** What was read: a variable with a default always has a value. */
export type Values = {
  readonly [N in VariableName]: (typeof variables)[N] extends { kind: Kind<infer T> }
    ? (typeof variables)[N] extends { default: string }
      ? T
      : T | undefined
    : never;
};
