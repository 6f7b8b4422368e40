import type { Kind } from '../config-kinds.js';

export interface Variable<T = unknown> {
  readonly about: string;
  readonly kind: Kind<T>;
  /** What counts when the variable isn't set, written as one would set it. */
  readonly default?: string;
  /** The default in words, where it follows from something else or is nothing. */
  readonly otherwise?: string;
  readonly example: string;
  /** Never shown, not even when it is wrong. */
  readonly secret?: true;
}

export type Table = Readonly<Record<string, Variable>>;
