import * as is from '../config-kinds.js';
import type { Table } from './variable.js';

export const lifetimes = {
  ACCESS_TOKEN_LIFETIME: {
    about: 'Access tokens. Those in JWT format cannot be called back earlier.',
    kind: is.duration('30s', '1d'),
    default: '10m',
    example: '5m',
  },
  ID_TOKEN_LIFETIME: { about: 'ID tokens.', kind: is.duration('30s', '1d'), default: '10m', example: '1h' },
  REFRESH_TOKEN_LIFETIME: {
    about: 'Refresh tokens, counted from the last use.',
    kind: is.duration('1m', '180d'),
    default: '30d',
    example: '14d',
  },
  REFRESH_TOKEN_GRACE: {
    about:
      'For how long a refresh token that was just rotated is accepted again, for apps that refresh twice at the same time. 0: a second use is taken for theft and ends the whole family.',
    kind: is.duration('0s', '60s'),
    default: '0',
    example: '10s',
  },
  INTERACTION_LIFETIME: {
    about: 'Time to finish signing in.',
    kind: is.duration('1m', '1d'),
    default: '1h',
    example: '30m',
  },
  DEVICE_CODE_LIFETIME: {
    about: 'Time to finish signing in a device that shows a code (RFC 8628).',
    kind: is.duration('1m', '1h'),
    default: '10m',
    example: '15m',
  },
  CIBA_REQUEST_LIFETIME: {
    about:
      'Time for a person to answer what a client asks by CIBA; a client can ask for less (`requested_expiry`).',
    kind: is.duration('30s', '1h'),
    default: '10m',
    example: '5m',
  },
  SESSION_IDLE_LIFETIME: {
    about: 'A browser that was not seen for this long must sign in again.',
    kind: is.duration('1m', '365d'),
    default: '12h',
    example: '30m',
  },
  SESSION_LIFETIME: {
    about: 'A browser must sign in again this long after it did, however busy it was.',
    kind: is.duration('1m', '365d'),
    default: '14d',
    example: '24h',
  },
  CLOCK_TOLERANCE: {
    about: 'How far the clocks of Gatehouse and of the apps may be apart.',
    kind: is.duration('0s', '5m'),
    default: '15s',
    example: '30s',
  },
} satisfies Table;
