/**
 * Looks again and again at what other processes and commands may have changed. `failed` is called once for each outage:
 * what was seen before goes on.
 */
export function startWatch(
  look: () => Promise<void>,
  everyMs: number,
  failed: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let failing = false;

  const lookOnce = async () => {
    try {
      await look();
      failing = false;
    } catch (error) {
      if (!failing) failed(error);
      failing = true;
    }
  };

  const timer = setInterval(() => {
    running = running.then(lookOnce);
  }, everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
