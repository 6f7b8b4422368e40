import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JSONWebKeySet,
} from 'jose';
import type { Clock, JsonObject } from '../store/store.js';
import { clientSigningAlgs } from './algorithms.js';
import { knownMetadata } from './registered-metadata.js';

/** Somebody whose word on software the operator takes. */
export interface StatementIssuer {
  /** `iss` of their statements. */
  issuer: string;
  /** Their public keys; those that cannot have signed it may be left out. */
  keysFor(header: { alg: string; kid?: string | undefined }): Promise<JSONWebKeySet>;
}

/** RFC 7591 3.2.2. */
export class SoftwareStatementError extends Error {
  override readonly name = 'SoftwareStatementError';
  readonly code: 'invalid_software_statement' | 'unapproved_software_statement';

  constructor(code: SoftwareStatementError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SoftwareStatements {
  /** The client metadata that a statement fixes; throws `SoftwareStatementError`. */
  read(statement: unknown): Promise<JsonObject>;
}

interface SoftwareStatementsDeps {
  issuers: readonly StatementIssuer[];
  /** Ours: who a statement with an audience must be for. */
  audience: string;
  clock: Clock;
  clockTolerance: number;
}

/** What a third party says of an app's software, signed (RFC 7591 2.3). */
export function createSoftwareStatements(deps: SoftwareStatementsDeps): SoftwareStatements {
  const { issuers, audience, clock, clockTolerance } = deps;
  return {
    async read(statement) {
      const { iss, aud } = unverified(statement);
      const issuer = issuers.find((each) => each.issuer === iss);
      if (!issuer)
        throw new SoftwareStatementError(
          'unapproved_software_statement',
          'the issuer of the software statement is not one that is trusted here',
        );
      try {
        const { alg = 'none', kid } = decodeProtectedHeader(statement as string);
        const keys = createLocalJWKSet(await issuer.keysFor({ alg, kid }));
        const { payload } = await jwtVerify(statement as string, keys, {
          issuer: issuer.issuer,
          ...(aud === undefined ? {} : { audience }),
          algorithms: [...clientSigningAlgs],
          clockTolerance,
          currentDate: new Date(clock()),
        });
        return knownMetadata(payload as JsonObject);
      } catch (cause) {
        throw invalid(cause);
      }
    },
  };
}

function unverified(statement: unknown): { iss?: unknown; aud?: unknown } {
  try {
    return decodeJwt(statement as string);
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause: unknown): SoftwareStatementError {
  const reason =
    cause instanceof errors.JWTExpired ? 'has expired' : 'is no JWT that its issuer signed for this server';
  return new SoftwareStatementError('invalid_software_statement', `the software statement ${reason}`, {
    cause,
  });
}
