import { types } from 'node:util';
import {
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { StoreUnavailableError } from '../../src/store/store.js';

const UNAVAILABLE_CLASSES = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
];

/** Errors of the connection pool, whose classes the driver does not export. */
const UNAVAILABLE_NAMES = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClosedError']);

/** A write to a socket that the server has just closed fails with Node's own error, which the driver passes on as it is. */
const UNAVAILABLE_SOCKET_CODES = new Set<unknown>([
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** What a server answers that is not, no longer or not now able to do its work (error_codes.yml of MongoDB). */
const UNAVAILABLE_CODES = new Set<unknown>([
  /* HostUnreachable */ 6, /* HostNotFound */ 7, /* MaxTimeMSExpired */ 50, /* WriteConcernTimeout */ 64,
  /* NetworkTimeout */ 89, /* ShutdownInProgress */ 91, /* UnsatisfiableWriteConcern */ 100,
  /* FailedToSatisfyReadPreference */ 133, /* ReadConcernMajorityNotAvailableYet */ 134,
  /* PrimarySteppedDown */ 189, /* NetworkInterfaceExceededTimeLimit */ 202, /* ExceededTimeLimit */ 262,
  /* SocketException */ 9001, /* NotWritablePrimary */ 10107, /* InterruptedAtShutdown */ 11600,
  /* InterruptedDueToReplStateChange */ 11602, /* NotPrimaryNoSecondaryOk */ 13435,
  /* NotPrimaryOrSecondary */ 13436,
]);

/** What the caller of a port gets to see for an error of the driver. */
export function toStoreError(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  return new StoreUnavailableError(`MongoDB is not available: ${error.message}`, { cause: error });
}

/**
 * The name of the unique index that refused a write; undefined for any other error. It stands in the message on every
 * server, `index: email dup key` or `Index 'email'`, in a member of its own on some.
 */
export function duplicateIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== 11000) return undefined;
  return /\bindex:? '?(\w+)/i.exec(error.message)?.[1] ?? 'unknown';
}

function isUnavailable(error: unknown): error is Error {
  // Not by class: Node's own errors may come from another realm.
  if (!types.isNativeError(error)) return false;
  if (UNAVAILABLE_CLASSES.some((type) => error instanceof type)) return true;
  if (UNAVAILABLE_NAMES.has(error.name)) return true;
  if (error instanceof MongoError) {
    return UNAVAILABLE_CODES.has(error.code) || error.hasErrorLabel('RetryableWriteError');
  }
  // The look-up of a mongodb+srv URL fails with the system's own errors.
  return 'syscall' in error || UNAVAILABLE_SOCKET_CODES.has((error as NodeJS.ErrnoException).code);
}
