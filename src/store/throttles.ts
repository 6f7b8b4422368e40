export interface ThrottleState {
  count: number;
  /** When the window ends and the count is 0 again. */
  resetAt: number;
}

/** Counters with a window, shared by all processes. */
export interface ThrottleStore {
  /**
   * Counts one more, in one atomic step, and returns the count including it. The window starts with the first hit
   * and is not moved by later ones.
   */
  hit(key: string, windowMs: number): Promise<ThrottleState>;
  peek(key: string): Promise<ThrottleState | undefined>;
  /** Takes one hit back, never below 0: the try turned out to be a good one. */
  giveBack(key: string): Promise<void>;
}
