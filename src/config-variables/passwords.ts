import * as is from '../config-kinds.js';
import type { Table } from './variable.js';

export const passwords = {
  PASSWORD_MIN_LENGTH: {
    about: 'The fewest characters of a new password.',
    kind: is.integer(8, 64),
    default: '12',
    example: '15',
  },
  PASSWORD_MEMORY: {
    about: 'Memory of one argon2id hash in KiB. Stored hashes rise to new parameters at the next sign-in.',
    kind: is.integer(64, 4_194_304),
    default: '19456',
    example: '47104',
  },
  PASSWORD_PASSES: {
    about: 'Passes of argon2id over its memory.',
    kind: is.integer(1, 16),
    default: '2',
    example: '3',
  },
  PASSWORD_LANES: { about: 'Lanes of argon2id.', kind: is.integer(1, 8), default: '1', example: '1' },
  PASSWORD_WORKERS: {
    about: 'Threads that hash passwords.',
    kind: is.integer(1, 64),
    otherwise: 'one less than there are processor cores, at least 1',
    example: '4',
  },
  PASSWORD_QUEUE: {
    about: 'How many sign-ins may wait for those threads; the next is asked to come back later (503).',
    kind: is.integer(1, 10_000),
    default: '60',
    example: '200',
  },
} satisfies Table;

export const throttle = {
  THROTTLE_PER_ACCOUNT: {
    about:
      'How many sign-ins to one account may fail before the next has to wait for the window to end. Browsers that its owner has used before count on their own.',
    kind: is.integer(1, 1_000_000),
    default: '10',
    example: '5',
  },
  THROTTLE_PER_ADDRESS: {
    about: 'The same for one network address, which many people may share.',
    kind: is.integer(1, 1_000_000),
    default: '100',
    example: '300',
  },
  THROTTLE_WINDOW: { about: 'The window.', kind: is.duration('1s', '1d'), default: '15m', example: '1h' },
} satisfies Table;
