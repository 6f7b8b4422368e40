/** What went wrong with a request of ours, short; never what was answered. */
export function outboundFailure(error: unknown): string {
  const { message = '', cause, name } = (error ?? {}) as Error;
  const deeper = (cause as Error | undefined)?.message;
  return [name, message, deeper].filter(Boolean).join(': ').slice(0, 300);
}

/**
 * What lies behind it, in words for the log alone: what exactly went wrong would tell outsiders about the network that we
 * are in.
 */
export function deeperReason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
