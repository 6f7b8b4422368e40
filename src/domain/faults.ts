/** One thing that is wrong with what was given. */
export interface Fault {
  /** Name of the member: `redirectUris`. */
  field: string;
  /** What was given, where that helps to find it. */
  value?: string;
  /** Follows the field as a sentence: "is longer than 100 characters". */
  reason: string;
  /** Names the rule for those who say it in another language: `too_short`. */
  code?: string;
  /** A safe value that could be given in its place. */
  instead?: string;
}

export type RejectionCode = 'invalid' | 'duplicate' | 'not_found' | 'conflict';

/** The caller asked for something that cannot be: nothing was changed, and `faults` says everything that stands against it. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
  readonly code: RejectionCode;
  readonly faults: readonly Fault[];

  constructor(code: RejectionCode, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}
