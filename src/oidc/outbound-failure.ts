/** What went wrong with a request of ours, short; never what was answered. */
export function outboundFailure(error: unknown): string {
  const { message = '', cause, name } = (error ?? {}) as Error;
  const deeper = (cause as Error | undefined)?.message;
  return [name, message, deeper].filter(Boolean).join(': ').slice(0, 300);
}
